using System;
using Pipeline.Runtime;

namespace Samples.Controller;

/// <summary>
/// What stands between a policy and a machine. A policy does not check what it is shown, and answers something to anything: a reading that is no
/// number never reaches it, and no torque that is out of range or no number leaves. For a short fault the last torque is held; for a longer one the
/// motor is let go.
/// </summary>
/// <param name="policy">Decides; stays the caller's.</param>
/// <param name="limit">Largest torque either way, in N m.</param>
internal sealed class SafePolicy(Policy policy, float limit)
{
    /// <summary>Faults one after the other through which the last torque is held.</summary>
    private const int Patience = 5;

    private readonly float[] _action = new float[policy.ActionSpace.Size];
    private readonly float[] _rehearsed = new float[policy.ActionSpace.Size];
    private float _held;
    private int _faultsInARow;

    /// <summary>How often the policy was not asked or not obeyed.</summary>
    public long Fallbacks { get; private set; }

    /// <summary>The torque for a reading; allocates nothing.</summary>
    /// <param name="observation">What the sensor says, whatever it is.</param>
    public float Decide(ReadOnlySpan<float> observation)
    {
        if (IsFinite(observation))
        {
            policy.Act(observation, _action);
            if (IsFinite(_action))
            {
                _faultsInARow = 0;
                return _held = Math.Clamp(_action[0], -limit, limit);
            }
        }

        Fallbacks++;
        if (++_faultsInARow > Patience) _held = 0;
        return _held;
    }

    /// <summary>
    /// Asks the policy for nothing but to have its weights and its code near when it counts: since the last tick others may have
    /// used the processor's caches.
    /// </summary>
    /// <param name="observation">What the sensor said last, or anything else of its size.</param>
    public void Rehearse(ReadOnlySpan<float> observation) => policy.Act(observation, _rehearsed);

    private static bool IsFinite(ReadOnlySpan<float> numbers)
    {
        foreach (float number in numbers)
        {
            if (!float.IsFinite(number)) return false;
        }

        return true;
    }
}
