namespace Pipeline.Runtime;

/// <summary>
/// Where a policy runs. All but the processor need an ONNX Runtime that was built with the provider, and its hardware; loading fails
/// with the reason where one is missing.
/// </summary>
public enum PolicyDevice
{
    /// <summary>The processor. The default: policies are small, and a GPU's call overhead is larger than their whole work.</summary>
    Cpu,

    /// <summary>An NVIDIA GPU through CUDA and cuDNN.</summary>
    Cuda,

    /// <summary>CUDA where it can be had, else the processor; the choice and its reason are told to <see cref="PolicyOptions.Log"/> and stand in <see cref="Policy.DeviceReason"/>.</summary>
    Auto,

    /// <summary>An NVIDIA GPU through TensorRT, with CUDA for what TensorRT lacks.</summary>
    TensorRt,

    /// <summary>An NVIDIA RTX GPU through TensorRT for RTX.</summary>
    TensorRtRtx,

    /// <summary>Any DirectX 12 GPU, on Windows.</summary>
    DirectMl,

    /// <summary>Apple's neural engine or GPU through Core ML, on macOS and iOS.</summary>
    CoreMl,

    /// <summary>An AMD GPU through MIGraphX. (ONNX Runtime's own ROCm provider is no more; MIGraphX took its place.)</summary>
    MiGraphX,

    /// <summary>Intel processors, GPUs and neural units through OpenVINO.</summary>
    OpenVino,

    /// <summary>The processor through oneDNN.</summary>
    OneDnn,

    /// <summary>The processor through XNNPACK, on phones and in browsers.</summary>
    Xnnpack,

    /// <summary>Qualcomm's neural unit.</summary>
    Qnn,

    /// <summary>A GPU through WebGPU.</summary>
    WebGpu,

    /// <summary>AMD's neural unit through Vitis AI.</summary>
    VitisAi,
}
