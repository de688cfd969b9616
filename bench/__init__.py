"""The benchmarks: what speed was promised, measured against a floor in the same run."""
