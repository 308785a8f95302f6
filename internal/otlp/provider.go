package otlp

import (
	"context"
	"crypto/rand"
	"fmt"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
)

// ProviderConfig is what a provider is made of. Exporter is required.
type ProviderConfig struct {
	Exporter *Exporter
	Version  string // of the service
	Percent  int    // of the traces that begin here and are recorded
	// Follows reports whether the links of a span lead to a recorded span of this service.
	// Such a span is recorded, too.
	Follows func([]trace.Link) bool
}

// NewProvider returns a provider of tracers whose spans the exporter sends. It is not made
// the global one. OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES of the environment name the
// service; without them it is "minitill". The SDK reads the limits of spans from there, too.
func NewProvider(ctx context.Context, config ProviderConfig) (*sdktrace.TracerProvider, error) {
	of, err := resource.New(ctx,
		resource.WithAttributes(attribute.String("service.name", "minitill"), attribute.String("service.version", config.Version), attribute.String("service.instance.id", rand.Text())),
		resource.WithTelemetrySDK(), resource.WithFromEnv(), // the last one decides
	)
	if err != nil {
		return nil, fmt.Errorf("the environment's OTEL_RESOURCE_ATTRIBUTES or OTEL_SERVICE_NAME: %w", err)
	}
	return sdktrace.NewTracerProvider(
		sdktrace.WithResource(of), sdktrace.WithSpanProcessor(config.Exporter),
		sdktrace.WithSampler(sdktrace.ParentBased(root{sdktrace.TraceIDRatioBased(float64(config.Percent) / 100), config.Follows})),
	), nil
}

// root samples spans without a parent: a share of them, and those that follow from recorded
// ones.
type root struct {
	share   sdktrace.Sampler
	follows func([]trace.Link) bool
}

// ShouldSample implements sdktrace.Sampler.
func (r root) ShouldSample(p sdktrace.SamplingParameters) sdktrace.SamplingResult {
	if r.follows != nil && r.follows(p.Links) {
		return sdktrace.SamplingResult{Decision: sdktrace.RecordAndSample}
	}
	return r.share.ShouldSample(p)
}

// Description implements sdktrace.Sampler.
func (r root) Description() string { return "Minitill{" + r.share.Description() + "}" }
