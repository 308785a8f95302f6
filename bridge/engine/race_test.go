//go:build race

package engine_test

// raceEnabled makes storms shorter: what they draw is drawn in full without the detector.
const raceEnabled = true
