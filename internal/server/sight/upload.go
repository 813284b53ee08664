package sight

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	otlp "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"
)

// uploader posts spans as OTLP over HTTP, in protobuf. OpenTelemetry's own client would do the same, and bring gRPC into the server,
// which is a tenth of its size; this one does not try again what a collector refused.
type uploader struct {
	address string
	client  *http.Client
}

// uploadTimeout is how long one batch may take.
const uploadTimeout = 10 * time.Second

func newUploader(address string) *uploader {
	return &uploader{address: address, client: &http.Client{Timeout: uploadTimeout}}
}

// Start does nothing: the collector need not be there yet.
func (*uploader) Start(context.Context) error { return nil }

// Stop closes the connections.
func (c *uploader) Stop(context.Context) error {
	c.client.CloseIdleConnections()
	return nil
}

// UploadTraces posts a batch. The errors name no address and repeat nothing of the answer.
func (c *uploader) UploadTraces(ctx context.Context, spans []*otlp.ResourceSpans) error {
	// TracesData is, field by field, what the collector's ExportTraceServiceRequest is.
	body, err := proto.Marshal(&otlp.TracesData{ResourceSpans: spans})
	if err != nil {
		return fmt.Errorf("encode traces: %w", err)
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, c.address, bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("send traces: %w", err)
	}
	r.Header.Set("Content-Type", "application/x-protobuf")
	reply, err := c.client.Do(r)
	if err != nil {
		return fmt.Errorf("send traces: %w", err)
	}
	defer reply.Body.Close()
	// What the collector says is read so that the connection can be used again, up to a limit.
	if _, err := io.CopyN(io.Discard, reply.Body, 64<<10); err != nil && !errors.Is(err, io.EOF) {
		return fmt.Errorf("read the collector's answer: %w", err)
	}
	if reply.StatusCode/100 != 2 {
		return fmt.Errorf("send traces: the collector answered with status %d", reply.StatusCode)
	}
	return nil
}
