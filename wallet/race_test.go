//go:build race

package wallet_test

// raceEnabled lets tests try less: they try everything without the detector.
const raceEnabled = true
