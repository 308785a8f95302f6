package otlp

import (
	"strings"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/sdk/instrumentation"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
	commonpb "go.opentelemetry.io/proto/otlp/common/v1"
	resourcepb "go.opentelemetry.io/proto/otlp/resource/v1"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"
)

// encode returns an ExportTraceServiceRequest. TracesData has the same fields, and its
// package links no gRPC. All spans are of one resource, that of their provider.
func encode(spans []sdktrace.ReadOnlySpan) ([]byte, error) {
	byScope := map[instrumentation.Scope]*tracepb.ScopeSpans{}
	of := &tracepb.ResourceSpans{Resource: &resourcepb.Resource{Attributes: attributes(spans[0].Resource().Attributes())}}
	for _, s := range spans {
		scope := s.InstrumentationScope()
		list := byScope[scope]
		if list == nil {
			list = &tracepb.ScopeSpans{Scope: &commonpb.InstrumentationScope{Name: scope.Name, Version: scope.Version}}
			byScope[scope] = list
			of.ScopeSpans = append(of.ScopeSpans, list)
		}
		list.Spans = append(list.Spans, span(s))
	}
	return proto.Marshal(&tracepb.TracesData{ResourceSpans: []*tracepb.ResourceSpans{of}})
}

func span(s sdktrace.ReadOnlySpan) *tracepb.Span {
	of, parent := s.SpanContext(), s.Parent()
	traceID, spanID := of.TraceID(), of.SpanID()
	p := &tracepb.Span{
		TraceId: traceID[:], SpanId: spanID[:], TraceState: of.TraceState().String(), Flags: flags(of, parent.IsRemote()),
		Name: s.Name(), Kind: tracepb.Span_SpanKind(s.SpanKind()), Status: status(s.Status()),
		StartTimeUnixNano: nanos(s.StartTime()), EndTimeUnixNano: nanos(s.EndTime()),
		Attributes: attributes(s.Attributes()), DroppedAttributesCount: uint32(s.DroppedAttributes()), DroppedLinksCount: uint32(s.DroppedLinks()),
	}
	if parentID := parent.SpanID(); parentID.IsValid() {
		p.ParentSpanId = parentID[:]
	}
	for _, l := range s.Links() {
		traceID, spanID := l.SpanContext.TraceID(), l.SpanContext.SpanID()
		p.Links = append(p.Links, &tracepb.Span_Link{
			TraceId: traceID[:], SpanId: spanID[:], Attributes: attributes(l.Attributes), Flags: flags(l.SpanContext, l.SpanContext.IsRemote()),
		})
	}
	for _, e := range s.Events() {
		p.Events = append(p.Events, &tracepb.Span_Event{TimeUnixNano: nanos(e.Time), Name: e.Name, Attributes: attributes(e.Attributes)})
	}
	return p
}

func nanos(t time.Time) uint64 { return uint64(max(t.UnixNano(), 0)) }

// flags returns the W3C flags of a context, and whether a parent or a link is of another
// process.
func flags(of trace.SpanContext, remote bool) uint32 {
	f := uint32(of.TraceFlags()) | uint32(tracepb.SpanFlags_SPAN_FLAGS_CONTEXT_HAS_IS_REMOTE_MASK)
	if remote {
		f |= uint32(tracepb.SpanFlags_SPAN_FLAGS_CONTEXT_IS_REMOTE_MASK)
	}
	return f
}

// status has codes of its own in OTLP.
func status(s sdktrace.Status) *tracepb.Status {
	switch s.Code {
	case codes.Error:
		return &tracepb.Status{Code: tracepb.Status_STATUS_CODE_ERROR, Message: s.Description}
	case codes.Ok:
		return &tracepb.Status{Code: tracepb.Status_STATUS_CODE_OK}
	}
	return nil
}

// attributes encodes texts, booleans and integers; other kinds as text.
func attributes(list []attribute.KeyValue) []*commonpb.KeyValue {
	encoded := make([]*commonpb.KeyValue, len(list))
	for i, a := range list {
		value := new(commonpb.AnyValue)
		switch a.Value.Type() {
		case attribute.BOOL:
			value.Value = &commonpb.AnyValue_BoolValue{BoolValue: a.Value.AsBool()}
		case attribute.INT64:
			value.Value = &commonpb.AnyValue_IntValue{IntValue: a.Value.AsInt64()}
		default:
			value.Value = &commonpb.AnyValue_StringValue{StringValue: strings.ToValidUTF8(a.Value.String(), "\uFFFD")}
		}
		encoded[i] = &commonpb.KeyValue{Key: string(a.Key), Value: value}
	}
	return encoded
}
