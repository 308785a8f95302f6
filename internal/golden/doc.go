// Package golden compares tables of decisions with files in testdata. It is for tests.
package golden
