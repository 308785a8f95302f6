// Package process runs the servers under test as processes of their own, so that their CPU
// time and memory are measured apart from those of the load generator.
package process
