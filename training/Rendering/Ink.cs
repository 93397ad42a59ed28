namespace Pipeline.Training.Rendering;

/// <summary>What a shape stands for. Which colour that is, on a light or a dark background or without colours, is up to what draws it.</summary>
public enum Ink
{
    /// <summary>Nothing is drawn.</summary>
    None,

    /// <summary>A plane that things are on: ice, a board, the track of a bar.</summary>
    Surface,

    /// <summary>Ground: a hill, a floor that carries something.</summary>
    Ground,

    /// <summary>What is of little weight: a trail, a grid, an axis.</summary>
    Muted,

    /// <summary>Walls, rails, words.</summary>
    Line,

    /// <summary>The one who acts.</summary>
    Agent,

    /// <summary>What moves with it: the pole of a cart, its bullets.</summary>
    Limb,

    /// <summary>Things to be met or used: a ball, a brick, a passenger.</summary>
    Item,

    /// <summary>Where the agent is to come to.</summary>
    Goal,

    /// <summary>What harms: a hole, a cliff, an enemy.</summary>
    Danger,
}
