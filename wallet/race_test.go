//go:build race

package wallet_test

// raceEnabled makes storms shorter: what they draw is drawn in full without the detector.
const raceEnabled = true
