package exporter

import (
	"compress/gzip"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"

	"gearctl/output"
)

// gzipWriters are used again: each takes a megabyte. What is sent is the same lines again and again, so that the fastest level
// is as good as any.
var gzipWriters = sync.Pool{New: func() any {
	z, _ := gzip.NewWriterLevel(nil, gzip.BestSpeed)
	return z
}}

// writeExposition responds with the metrics that write adds, in the format and encoding that the request prefers. It sends a
// family as soon as it is complete, unlike promhttp, which keeps all of them: 400 bytes for each of 100,000s of values. write
// returns the error of m.End.
func (x *exporter) writeExposition(w http.ResponseWriter, r *http.Request, write func(m *output.Metrics) error) {
	format := expfmt.NegotiateAccept(r.Header, expfmt.DefaultOpenMetricsAcceptedFormats()...)
	h := w.Header()
	h.Set("Content-Type", string(format))
	h.Add("Vary", "Accept")
	h.Add("Vary", "Accept-Encoding")
	var to io.Writer = w
	if acceptsGzip(r.Header) {
		h.Set("Content-Encoding", "gzip")
		z := gzipWriters.Get().(*gzip.Writer)
		defer gzipWriters.Put(z)
		z.Reset(w)
		defer z.Close()
		to = z
	}
	encoder := expfmt.NewEncoder(to, format)
	only := r.URL.Query()["name[]"]
	err := write(&output.Metrics{Each: func(family *dto.MetricFamily) error {
		if len(only) > 0 && !slices.Contains(only, family.GetName()) {
			return nil
		}
		return encoder.Encode(family)
	}})
	if closer, ok := encoder.(expfmt.Closer); ok && err == nil {
		err = closer.Close()
	}
	if err != nil {
		x.env.Verbose("%s: %v", r.URL.Path, err)
		panic(http.ErrAbortHandler) // or what was sent would seem to be all
	}
}

// acceptsGzip reports whether a client takes a response that is compressed.
func acceptsGzip(h http.Header) bool {
	for item := range strings.SplitSeq(strings.Join(h.Values("Accept-Encoding"), ","), ",") {
		coding, parameters, _ := strings.Cut(item, ";")
		if strings.TrimSpace(coding) != "gzip" {
			continue
		}
		weight, given := strings.CutPrefix(strings.TrimSpace(parameters), "q=")
		q, err := strconv.ParseFloat(weight, 64)
		return !given || err == nil && q > 0
	}
	return false
}
