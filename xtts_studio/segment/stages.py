"""Silero VAD taken apart: what can be computed in any order, and what remembers.

Nine tenths of the model's work, the spectrum and the convolutions, look at one window of 32 ms alone: any core can do
any of it. Only the small recurrent rest goes from window to window. So the graph is divided there, which changes no bit
of what it computes.

The convolutions of the first stage are given eight windows in a row: that way they are products of matrices of a size
that a processor is fast with. For eight the sums are still formed in the very order in which the published model forms
them, for more they are not. Whether it is so with this processor and this version of ONNX Runtime, `silero` tries.
"""

from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import helper, numpy_helper
from onnx.shape_inference import infer_shapes
from onnx.utils import Extractor

from xtts_studio.audio.mix import Samples
from xtts_studio.segment.silero import Detector, Memory, session

_ROW = 8  # windows
_FRAME_SAMPLES = 640  # a window, its context, and the last 64 samples mirrored
_STRIDES = (1, 2, 2, 1)  # of the four convolutions
_WIDE = 2  # so many of them get eight windows in a row; the others have one column for each, which sums otherwise
_FEATURES = "/Relu_3_output_0"  # in the published graph, what the convolutions give and the recurrent part gets


def in_stages(path: Path) -> Detector:
    """The model of this file as two."""
    model = onnx.load(str(path))
    first = session(_encoder(model).SerializeToString())
    last = session(
        Extractor(infer_shapes(model))
        .extract_model([_FEATURES, "h", "c"], ["speech_probs", "hn", "cn"])
        .SerializeToString()
    )

    def encode(windows: Samples) -> Samples:
        features = first.run(["features"], {"frames": _rows(windows)})[0]
        return np.asarray(features[: len(windows)], dtype=np.float32)

    def recall(features: Samples, memory: Memory) -> tuple[Samples, Memory]:
        speech, h, c = last.run(["speech_probs", "hn", "cn"], {_FEATURES: features, "h": memory.h, "c": memory.c})
        return speech, Memory(h, c)

    return Detector(encode, recall)


def _rows(windows: Samples) -> Samples:
    """(windows, 576) -> (rows, 1, 8, 640): the ends mirrored as the model's own padding does, silence to fill up."""
    rows = -(-len(windows) // _ROW)
    frames = np.zeros((rows * _ROW, _FRAME_SAMPLES), dtype=np.float32)
    frames[: len(windows), : windows.shape[1]] = windows
    frames[: len(windows), windows.shape[1] :] = windows[:, -2 : -2 - (_FRAME_SAMPLES - windows.shape[1]) : -1]
    return frames.reshape(rows, 1, _ROW, _FRAME_SAMPLES)


def _encoder(model: onnx.ModelProto) -> onnx.ModelProto:
    """All before the recurrent part, for eight windows in a row: frames (rows, 1, 8, 640) -> features (n, 128, 1)."""
    weights = {one.name: numpy_helper.to_array(one) for one in model.graph.initializer}
    spectrum = weights["stft.forward_basis_buffer"]
    known = {"basis": spectrum[:, :, np.newaxis], "halves": np.array([len(spectrum) // 2] * 2), "two": np.float32(2)}
    nodes = [
        _convolution(["frames", "basis"], "spectrum", [1, spectrum.shape[2]], 128, 0),
        helper.make_node("Split", ["spectrum", "halves"], ["real", "imaginary"], axis=1),
        helper.make_node("Pow", ["real", "two"], ["real2"]),
        helper.make_node("Pow", ["imaginary", "two"], ["imaginary2"]),
        helper.make_node("Add", ["real2", "imaginary2"], ["power"]),
        helper.make_node("Sqrt", ["power"], ["wide"]),
    ]
    at = "wide"
    for index, stride in enumerate(_STRIDES):
        weight, bias = (f"encoder.{index}.{kind}" for kind in ("weight", "bias"))
        known |= {weight: weights[weight][:, :, np.newaxis], bias: weights[bias]}
        if index == _WIDE:
            nodes += _one_by_one(at, "single", known, weights[weight].shape[1])
            at = "single"
        nodes.append(_convolution([at, weight, bias], f"sum{index}", [1, weights[weight].shape[2]], stride, 1))
        nodes.append(helper.make_node("Relu", [f"sum{index}"], [f"encoded{index}"]))
        at = f"encoded{index}"
    nodes.append(helper.make_node("Squeeze", [at, "row"], ["features"]))
    known["row"] = np.array([2])
    graph = helper.make_graph(
        nodes,
        "encoder",
        [helper.make_tensor_value_info("frames", onnx.TensorProto.FLOAT, ["rows", 1, _ROW, _FRAME_SAMPLES])],
        [helper.make_tensor_value_info("features", onnx.TensorProto.FLOAT, ["windows", 128, 1])],
        [numpy_helper.from_array(np.ascontiguousarray(value), name) for name, value in known.items()],
    )
    return helper.make_model(graph, opset_imports=model.opset_import, ir_version=model.ir_version)


def _convolution(inputs: list[str], output: str, kernel: list[int], stride: int, pad: int) -> onnx.NodeProto:
    """Along the last axis."""
    return helper.make_node("Conv", inputs, [output], kernel_shape=kernel, strides=[1, stride], pads=[0, pad, 0, pad])


def _one_by_one(wide: str, single: str, known: dict[str, Any], channels: int) -> list[onnx.NodeProto]:
    """(rows, channels, 8, 2) -> (windows, channels, 1, 2)."""
    known["one_window"] = np.array([-1, channels, 1, 2])
    return [
        helper.make_node("Transpose", [wide], [f"{wide}_by_window"], perm=[0, 2, 1, 3]),
        helper.make_node("Reshape", [f"{wide}_by_window", "one_window"], [single]),
    ]
