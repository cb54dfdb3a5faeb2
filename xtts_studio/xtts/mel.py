"""Log-mel spectrograms: of reference speech for conditioning the GPT, of training speech for the DVAE.

Both are power spectrograms (periodic Hann window, centred, reflect-padded) under 80 triangular bands from 0 to 8 kHz on
the HTK mel scale, each band of unit area, as `log(max(x, 1e-5))`, divided by the checkpoint's `mel_stats`.
B batch, T frames.
"""

from __future__ import annotations

import math
from functools import lru_cache

import torch
from torch import Tensor

SAMPLE_RATE_HZ = 22_050
HOP_SAMPLES = 256
BANDS = 80
TOP_HZ = 8_000.0
CONDITIONING_FFT, CONDITIONING_WINDOW = 2048, 1024
DVAE_FFT = 1024


def conditioning_mel(wave_22k: Tensor, mel_stats: Tensor) -> Tensor:
    """Mel (B, 80, T) of reference speech (B, samples) at 22 050 Hz; T = samples // 256 + 1, over 1 024 needed."""
    return _log_mel(wave_22k, mel_stats, CONDITIONING_FFT, CONDITIONING_WINDOW)


def dvae_mel(wave_22k: Tensor, mel_stats: Tensor) -> Tensor:
    """Mel (B, 80, T) that the DVAE encodes, of (B, samples) at 22 050 Hz; T = samples // 256 + 1, over 512 needed."""
    return _log_mel(wave_22k, mel_stats, DVAE_FFT, DVAE_FFT)


def _log_mel(wave: Tensor, mel_stats: Tensor, n_fft: int, window_samples: int) -> Tensor:
    window = _hann(window_samples, wave.device)
    bank = _unit_area_bank(n_fft, wave.device)
    mel = power_spectrogram(wave.float(), n_fft, HOP_SAMPLES, window).transpose(1, 2) @ bank
    log_mel = mel.clamp(min=1e-5).log().transpose(1, 2)  # (B, T, 80) -> (B, 80, T)
    return log_mel / mel_stats.to(log_mel)[:, None]


def power_spectrogram(wave: Tensor, n_fft: int, hop_samples: int, window: Tensor) -> Tensor:
    """|STFT|² (B, n_fft // 2 + 1, T) of `wave` (B, samples). Raises ValueError up to n_fft // 2 samples."""
    if wave.shape[-1] <= n_fft // 2:
        raise ValueError(f"a spectrum of {n_fft} points needs over {n_fft // 2} samples, got {wave.shape[-1]}")
    spectrum = torch.stft(
        wave, n_fft, hop_samples, window.shape[0], window, center=True, pad_mode="reflect", return_complex=True
    )
    return spectrum.real.square() + spectrum.imag.square()


def mel_bank(sample_rate_hz: int, n_fft: int, bands: int, top_hz: float, *, unit_area: bool) -> Tensor:
    """Triangles (n_fft // 2 + 1, bands), equally spaced from 0 Hz to `top_hz` on the HTK mel scale, float32."""
    frequencies = torch.linspace(0, sample_rate_hz / 2, n_fft // 2 + 1, dtype=torch.float64)[:, None]
    mels = torch.linspace(0, 2595 * math.log10(1 + top_hz / 700), bands + 2, dtype=torch.float64)
    edges = 700 * (10 ** (mels / 2595) - 1)
    low, centre, high = edges[:-2], edges[1:-1], edges[2:]
    rising, falling = (frequencies - low) / (centre - low), (high - frequencies) / (high - centre)
    bank = torch.minimum(rising, falling).clamp(min=0)
    return (bank * 2 / (high - low) if unit_area else bank).float()


@lru_cache(maxsize=8)
def _hann(samples: int, device: torch.device) -> Tensor:
    return torch.hann_window(samples, device=device)


@lru_cache(maxsize=8)
def _unit_area_bank(n_fft: int, device: torch.device) -> Tensor:
    return mel_bank(SAMPLE_RATE_HZ, n_fft, BANDS, TOP_HZ, unit_area=True).to(device)
