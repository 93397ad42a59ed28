using System.Linq;
using NUnit.Framework;
using Pipeline.Training.Engine.Autodiff;
using Pipeline.Training.Engine.Graphs;
using Pipeline.Training.Engine.Operators;

namespace Pipeline.Tests.Training.Engine;

[TestFixture]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class GradientsTests
{
    private readonly Graph _graph = new();

    private Tensor Input(string name, Shape shape) => _graph.Input(name, shape);

    [Test]
    public void A_tensor_that_the_scalar_does_not_depend_on_has_a_gradient_of_zeros()
    {
        Tensor x = Input("x", [2]), unused = Input("unused", [Dimension.Batch, 3]);
        NdArray[] results = Evaluation.Run(Gradients.Of(Op.Sum(x), [unused, x]), new Feed(x, 5, 6), new Feed(unused, new NdArray([2, 3], new double[6])));
        Assert.That(results[0].Shape, Is.EqualTo(new long[] { 2, 3 }));
        Assert.That(results[0].Values, Is.All.Zero);
        Assert.That(results[1].Values, Is.All.EqualTo(1));
    }

    [Test]
    public void A_scalar_has_the_gradient_1_by_itself()
    {
        Tensor x = Input("x", Shape.Scalar);
        Assert.That(Evaluation.Run(Gradients.Of(x, [x])[0]).Values, Is.EqualTo(new[] { 1.0 }));
    }

    [Test]
    public void A_tensor_between_others_can_be_differentiated_by()
    {
        Tensor x = Input("x", [2]);
        Tensor square = Op.Square(x);
        Tensor[] gradients = Gradients.Of(Op.Sum(square * square), [square, x]);
        NdArray[] results = Evaluation.Run(gradients, new Feed(x, 2, -3));
        Assert.That(results[0].Values, Is.EqualTo(new[] { 8.0, 18 }));
        Assert.That(results[1].Values, Is.EqualTo(new[] { 32.0, -108 }));
    }

    [Test]
    public void Uses_of_one_tensor_add_up_and_stopped_ones_do_not_count()
    {
        Tensor x = Input("x", [3]);
        Tensor loss = Op.Sum((x * x) + (x * Op.StopGradient(x)) + (4 * x));
        Assert.That(Evaluation.Run(Gradients.Of(loss, [x])[0], new Feed(x, 1, -2, 0)).Values, Is.EqualTo(new[] { 7.0, -2, 4 }));
    }

    // From the smallest normal number on to infinity; and once more, where nothing is left.
    [Test]
    public void A_rectifier_passes_gradients_where_it_is_above_zero_and_nowhere_else()
    {
        Tensor x = Input("x", [9]);
        Tensor gradient = Gradients.Of(Op.Sum(3 * Op.Relu(x)), [x])[0];
        var feed = new Feed(x, 1.1754944e-38f, 1e-20f, 0.5f, 3e38f, float.PositiveInfinity, 0, -1e-20f, -2, float.NegativeInfinity);
        Assert.That(Evaluation.Run(gradient, feed).Values, Is.EqualTo(new[] { 3.0, 3, 3, 3, 3, 0, 0, 0, 0 }));
        Assert.That(Evaluation.Run(Gradients.Of(Op.Sum(gradient), [x])[0], feed).Values, Is.All.Zero);
    }

    [Test]
    public void A_third_derivative_is_that_of_the_power()
    {
        Tensor x = Input("x", Shape.Scalar);
        Tensor derivative = Op.Power(x, 5);
        for (int i = 0; i < 3; i++) derivative = Gradients.Of(derivative, [x])[0];
        Assert.That(Evaluation.Run(derivative, new Feed(x, 1.5f)).Values[0], Is.EqualTo(60 * 1.5 * 1.5).Within(1e-4));
    }

    [Test]
    public void The_hessian_of_a_quadratic_form_times_a_vector_is_its_matrix_times_the_vector()
    {
        Tensor x = Input("x", [2, 1]), matrix = Input("matrix", [2, 2]), vector = Input("vector", [2, 1]);
        Tensor form = Op.Sum(x * Op.MatMul(matrix, x)) * 0.5;
        Tensor product = Gradients.HessianVectorProduct(form, [x], [vector])[0];
        NdArray result = Evaluation.Run(product, new Feed(x, 0.3f, 0.4f), new Feed(matrix, 2, 1, 1, -3), new Feed(vector, 10, 100));
        Assert.That(result.Values, Is.EqualTo(new[] { 120.0, -290 }).Within(1e-4));
    }

    [Test]
    public void The_vector_of_a_hessian_product_is_not_differentiated()
    {
        Tensor x = Input("x", [2]);
        Tensor cubes = Op.Sum(Op.Power(x, 3));
        Tensor product = Gradients.HessianVectorProduct(cubes, [x], [x])[0];
        Assert.That(Evaluation.Run(product, new Feed(x, 1, -2)).Values, Is.EqualTo(new[] { 6.0, 24 }).Within(1e-5));
    }

    [Test]
    public void Only_what_lies_between_is_differentiated()
    {
        Tensor w = Input("w", [2, 2]), x = Input("x", [3, 2]);
        Tensor gradient = Gradients.Of(Op.Sum(Op.Tanh(Op.MatMul(x, w))), [w])[0];
        // The product's gradient by x would be a second product: the forward one and w's are all.
        Assert.That(Graph.Order([gradient]).Count(t => t.Operator == MatrixProducts.MatMul), Is.EqualTo(2));
    }

    // y = (x₁·x₂, x₁²) at (3, 2): J = [2 3; 6 0].
    [Test]
    public void Products_with_the_jacobian_from_either_side_are_those_worked_by_hand()
    {
        Tensor x = Input("x", [2]), v = Input("v", [2]), u = Input("u", [2]);
        Tensor first = Op.Slice(x, 0, 0, 1), second = Op.Slice(x, 0, 1, 2);
        Tensor y = Op.Concat([first * second, first * first], 0);
        Tensor[] products = [Gradients.JacobianVectorProduct([y], [x], [v])[0], Gradients.VectorJacobianProduct([y], [x], [u])[0]];
        NdArray[] results = Evaluation.Run(products, new Feed(x, 3, 2), new Feed(v, 1, 10), new Feed(u, 1, 10));
        Assert.That(results[0].Values, Is.EqualTo(new[] { 32.0, 6 }).Within(1e-5));
        Assert.That(results[1].Values, Is.EqualTo(new[] { 62.0, 3 }).Within(1e-5));
    }

    [Test]
    public void A_computation_cut_in_two_gives_the_same_and_repeats_only_what_varies()
    {
        Tensor x = Input("x", [5, 3]), w = Input("w", [3, 4]), v = Input("v", [5, 4]);
        Tensor hidden = Op.Tanh(Op.MatMul(x, w));
        Tensor[] outputs = [Op.MatMul(hidden, hidden * v, transposeA: true), Op.Sum(v) + 1];
        var cut = new GraphCut(outputs, [v]);
        var random = new Pipeline.Contracts.RandomGenerator(1);
        Feed[] feeds = [.. new[] { x, w, v }.Select(t => new Feed(t, NdArray.Make(t.Shape.Resolve(_ => 0), _ => random.NextGaussian())))];
        NdArray[] whole = Evaluation.Run(outputs, feeds), shared = Evaluation.Run([.. cut.Shared.Select(s => s.Value)], feeds);
        Feed[] second =
        [
            .. cut.Shared.Zip(shared, (s, value) => new Feed(cut.Rest.Input(s.Key, s.Value.Shape), value)),
            .. cut.Inputs.Select(i => new Feed(i, feeds.First(f => f.Input.Name == i.Name).Value)),
        ];
        NdArray[] rest = Evaluation.Run(cut.Outputs, second);
        for (int i = 0; i < outputs.Length; i++) Assert.That(rest[i].Values, Is.EqualTo(whole[i].Values).Within(1e-5));
        Assert.That(Graph.Order(cut.Outputs).Select(t => t.Operator), Has.None.EqualTo(Elementwise.Tanh).And.None.EqualTo(Shaping.Transpose));
        Assert.That(cut.Inputs.Select(i => i.Name), Is.EqualTo(new[] { "v" }));
    }
}
