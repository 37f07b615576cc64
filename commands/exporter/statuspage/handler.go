package statuspage

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	_ "embed" // the page
	"encoding/base64"
	"fmt"
	"html/template"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
)

// maxRenders bounds the pages that are made at the same time.
const maxRenders = 4

//go:embed page.gohtml
var pageText string

//go:embed page.css
var styleText string

//go:embed page.js
var scriptText string

// Parsed when they are first used, not at every start of the program.
var page = sync.OnceValue(func() *template.Template { return template.Must(template.New("page").Parse(pageText)) })

// securityPolicy allows the style and the script of the page, and requests to where it came from.
var securityPolicy = sync.OnceValue(func() string {
	return "default-src 'none'; style-src " + hashOf(styleText) + "; script-src " + hashOf(scriptText) +
		"; connect-src 'self'; img-src data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
})

// hashOf is the source of a policy that allows text.
func hashOf(text string) string {
	sum := sha256.Sum256([]byte(text))
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}

// Link is another page.
type Link struct{ Path, Title string }

// Handler serves the page, with links to others, for GET and HEAD; the caller refuses other methods.
func (p *Page) Handler(links []Link) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { p.serve(w, r, links) })
}

func (p *Page) serve(w http.ResponseWriter, r *http.Request, links []Link) {
	h := w.Header()
	h.Set("Content-Security-Policy", securityPolicy())
	for name, value := range map[string]string{
		"X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY", "Referrer-Policy": "no-referrer",
		"Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Resource-Policy": "same-origin", "Cache-Control": "private, no-cache",
	} {
		if h.Get(name) == "" { // else the operator's
			h.Set(name, value)
		}
	}
	q, err := p.parseQuery(r.URL.RawQuery)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	tag := p.tag()
	h.Set("ETag", tag)
	h.Add("Vary", "Accept-Encoding")
	if r.Header.Get("If-None-Match") == tag {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	packed := acceptsGzip(r.Header.Values("Accept-Encoding"))
	body, err := p.render(r, q, links, packed)
	if err != nil {
		h.Del("ETag")
		http.Error(w, "the page could not be made", http.StatusServiceUnavailable)
		return
	}
	if packed {
		h.Set("Content-Encoding", "gzip")
	}
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Length", strconv.Itoa(len(body)))
	w.Write(body)
}

// tag names what the page shows at the moment.
func (p *Page) tag() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return fmt.Sprintf(`W/"%x-%x"`, p.started.UnixNano(), p.generation)
}

// render returns the page, made while at most maxRenders are.
func (p *Page) render(r *http.Request, q *query, links []Link, packed bool) ([]byte, error) {
	select {
	case p.renders <- struct{}{}:
	case <-r.Context().Done():
		return nil, r.Context().Err()
	}
	defer func() { <-p.renders }()
	v := p.view(q)
	v.Links = links
	v.Style = template.HTML("<style>" + styleText + "</style>")
	v.Script = template.HTML("<script>" + scriptText + "</script>")
	v.Build = fmt.Sprintf("%x", sha256.Sum256([]byte(pageText+styleText+scriptText)))[:16]
	var b bytes.Buffer
	if !packed {
		err := page().Execute(&b, v)
		return b.Bytes(), err
	}
	z, err := gzip.NewWriterLevel(&b, gzip.BestSpeed)
	if err == nil {
		err = execute(z, v)
	}
	return b.Bytes(), err
}

func execute(z io.WriteCloser, v *view) error {
	if err := page().Execute(z, v); err != nil {
		return err
	}
	return z.Close()
}

// acceptsGzip reports whether a client wants gzip, by its Accept-Encoding.
func acceptsGzip(headers []string) bool {
	for offer := range strings.SplitSeq(strings.Join(headers, ","), ",") {
		name, weight, weighted := strings.Cut(offer, ";")
		if !strings.EqualFold(strings.TrimSpace(name), "gzip") {
			continue
		}
		q, err := strconv.ParseFloat(strings.TrimPrefix(strings.TrimSpace(weight), "q="), 64)
		return !weighted || err == nil && q > 0
	}
	return false
}
