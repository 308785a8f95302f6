//go:build race

package engine_test

// raceEnabled makes storms shorter: their random faults are injected in full without the detector.
const raceEnabled = true
