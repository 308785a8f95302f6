// Package measure has the arithmetic of the benchmarks: rounds of requests, the median and
// spread of their rates, and quantiles of their latencies.
package measure
