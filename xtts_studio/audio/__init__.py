"""Files and arrays of sound: decoding, encoding, resampling, mixing down, waveform peaks. No torch."""
