namespace Pipeline.Runtime;
