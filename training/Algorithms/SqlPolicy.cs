using Pipeline.Contracts;
using Pipeline.Contracts.Manifest;
using Pipeline.Contracts.Spaces;
using Pipeline.Training.Engine.Graphs;
using Pipeline.Training.Engine.Operators;
using Pipeline.Training.Networks;

namespace Pipeline.Training.Algorithms;

/// <summary>
/// The policy of soft Q-learning over real-valued actions, a sampler a = tanh f(s, ξ) of normal noise ξ. Its deterministic action is the one of the
/// largest Q among some actions of the sampler, whose noise is drawn once and is constant in the graph; the exported file tells these candidates too.
/// </summary>
internal sealed class SqlPolicy : IPolicyNetwork
{
    private readonly SqlNetwork _critic;
    private readonly SqlNetwork _sampler;
    private readonly float[] _noise;
    private readonly int _candidates;

    public SqlPolicy(LearningContext context, SqlOptions options, SqlNetwork critic, SqlNetwork sampler)
    {
        ObservationSpace = context.ObservationSpace;
        ActionSpace = context.ActionSpace;
        Encoder = new ObservationEncoder(ObservationSpace, options.NormalizeObservations);
        Scaling = new ActionScaling(ActionSpace);
        (_critic, _sampler, _candidates) = (critic, sampler, options.Candidates);
        _noise = new float[_candidates * ActionSpace.Size];
        // The same in every run: a resumed one must export what the unbroken one does.
        new RandomGenerator(0).FillGaussian(_noise);
    }

    public Space ObservationSpace { get; }

    public Space ActionSpace { get; }

    public bool Masked => false;

    public ObservationEncoder Encoder { get; }

    public ActionScaling Scaling { get; }

    public PolicyTensors Act(ParameterScope scope, PolicyInputs inputs)
    {
        Tensor encoded = inputs.Encoded;
        Dimension rows = encoded.Shape[0];
        int size = ActionSpace.Size;
        Tensor noise = encoded.Graph.Constant(_noise, [1, _candidates, size]);
        Tensor actions = Op.Tanh(_sampler.Apply(scope, encoded, noise));
        Tensor values = Op.Reshape(_critic.Apply(scope, encoded, actions), [rows, _candidates]);
        Tensor best = Op.Reshape(Op.OneHot(Op.ArgMax(values, 1), _candidates), [rows, 1, _candidates]);
        Tensor mode = Op.Reshape(Op.MatMul(best, actions), [rows, size]);
        Tensor candidates = Scaling.ToEnvironment(Op.Reshape(actions, [new Dimension(rows.Factor * _candidates, rows.Symbol), size]));
        Tensor sample = Op.Tanh(_sampler.Apply(scope, encoded, Op.Reshape(inputs.Noise, [rows, 1, size])));
        return new PolicyTensors(mode, Op.Reshape(sample, [rows, size]), [new(PolicyTensors.Candidates, TensorRole.Extra, Op.Reshape(candidates, [rows, _candidates * size]))], values);
    }
}
