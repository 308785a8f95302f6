// Package input has the limits of what merchants, their price servers, payers and operators
// send. Every API and the OpenAPI document enforce the same ones.
package input
