package proxy

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"

	"turncoat"
	"turncoat/bridge"
	"turncoat/provider/anthropic"
	"turncoat/provider/openai"
)

// Service is an API that agents call.
type Service struct {
	Name     string // and provider part of its models' names
	Variable string // environment variable that tells programs where it is
	Path     string // what programs expect the variable to end with
	Upstream string // where it is
	readers  map[string]reader
}

// reader reads a call as its vendor's package does.
type reader func(request []byte, answer [][]byte, streamed bool) ([]turncoat.Message, *turncoat.Reply, error)

// Services returns the services that are known, where a program with an
// environment would find them.
func Services(getenv func(string) string) []Service {
	services := []Service{
		{
			Name: "anthropic", Variable: "ANTHROPIC_BASE_URL", Upstream: anthropic.DefaultBaseURL,
			readers: map[string]reader{"/v1/messages": anthropic.Overheard},
		},
		{
			Name: "openai", Variable: "OPENAI_BASE_URL", Upstream: openai.DefaultBaseURL, Path: "/v1",
			readers: map[string]reader{"/chat/completions": openai.OverheardChat, "/responses": openai.OverheardResponse},
		},
	}
	for i, s := range services {
		if address := getenv(s.Variable); address != "" {
			services[i].Upstream = strings.TrimSuffix(address, "/")
		}
	}
	return services
}

// Bounds of what is read of a call. A longer one is passed on all the same.
const maxRecorded = 32 << 20

// NewHandler passes calls on to a service and records them on a desk. Paths are
// those of the service below its address. A nil client follows no redirects and
// asks the proxy that the environment names.
func NewHandler(d *bridge.Desk, s Service, client *http.Client) http.Handler {
	upstream, err := url.Parse(s.Upstream)
	if err != nil || upstream.Host == "" {
		return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			http.Error(w, s.Variable+" is no address of a service", http.StatusBadGateway)
		})
	}
	h := &handler{desk: d, service: s, heard: map[[sha256.Size]byte]bool{}}
	h.proxy = &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.Out.URL.Path = strings.TrimPrefix(r.In.URL.Path, s.Path)
			r.Out.URL.RawPath = ""
			r.SetURL(upstream)
			r.Out.Header.Del("Accept-Encoding") // which the transport sets and undoes by itself
		},
		ModifyResponse: h.listen,
		FlushInterval:  -1, // as it flows
		ErrorHandler: func(w http.ResponseWriter, _ *http.Request, _ error) {
			http.Error(w, s.Name+" cannot be reached", http.StatusBadGateway)
		},
	}
	if client != nil {
		h.proxy.Transport = client.Transport
	}
	return h
}

type handler struct {
	desk    *bridge.Desk
	service Service
	proxy   *httputil.ReverseProxy

	mu    sync.Mutex
	heard map[[sha256.Size]byte]bool // conversations up to a message that is recorded
}

// ServeHTTP passes a call on. After the end of a session nothing is: its limits
// would mean nothing otherwise.
func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	select {
	case <-h.desk.Over():
		http.Error(w, bridge.ErrOver.Error(), http.StatusForbidden)
		return
	default:
	}
	read := h.readerOf(r)
	if read == nil {
		h.proxy.ServeHTTP(w, r)
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxRecorded))
	if err != nil {
		http.Error(w, "the request is too large to be recorded, or broke off", http.StatusRequestEntityTooLarge)
		return
	}
	r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	h.proxy.ServeHTTP(w, r.WithContext(withAsked(r.Context(), asked{body: body, read: read})))
}

// readerOf returns what reads a call, or nil if it is not recorded.
func (h *handler) readerOf(r *http.Request) reader {
	if r.Method != http.MethodPost {
		return nil
	}
	return h.service.readers[strings.TrimPrefix(r.URL.Path, h.service.Path)]
}

// listen has an answer recorded when it has been passed on.
func (h *handler) listen(answer *http.Response) error {
	request, ok := askedIn(answer.Request.Context())
	if !ok || answer.StatusCode != http.StatusOK {
		return nil
	}
	kind, _, _ := mime.ParseMediaType(answer.Header.Get("Content-Type"))
	answer.Body = &listener{ReadCloser: answer.Body, done: func(body []byte) {
		h.record(request, body, kind == "text/event-stream")
	}}
	return nil
}

// listener keeps what is read through it.
type listener struct {
	io.ReadCloser
	kept bytes.Buffer
	once sync.Once
	done func([]byte)
}

// Read reads on.
func (l *listener) Read(p []byte) (int, error) {
	n, err := l.ReadCloser.Read(p)
	if l.kept.Len() < maxRecorded {
		l.kept.Write(p[:n])
	}
	if err != nil {
		l.once.Do(func() { l.done(l.kept.Bytes()) })
	}
	return n, err
}

// Close ends the answer, which may be before its end.
func (l *listener) Close() error {
	l.once.Do(func() { l.done(l.kept.Bytes()) })
	return l.ReadCloser.Close()
}

// record keeps what is new in a call: the messages that were not sent before, and
// the reply. What cannot be read is noted as such.
func (h *handler) record(request asked, body []byte, streamed bool) {
	answer := [][]byte{body}
	if streamed {
		answer = eventsIn(body)
	}
	said, reply, err := request.read(request.body, answer, streamed)
	h.hear(said)
	if err != nil {
		reply = &turncoat.Reply{
			Message: turncoat.TextMessage(turncoat.RoleAssistant, "[A reply of "+h.service.Name+" could not be read: "+err.Error()+"]"),
			Stop:    turncoat.StopUnknown,
		}
	}
	if reply.Model == "" {
		reply.Model = "unknown"
	}
	if !turncoat.IsStandIn(reply.Model) {
		reply.Model = h.service.Name + "/" + reply.Model
	}
	h.desk.Say(*reply)
}

// hear records the messages of a conversation that are new. What the model said
// in it stands in its replies.
func (h *handler) hear(said []turncoat.Message) {
	h.mu.Lock()
	defer h.mu.Unlock()
	var so [sha256.Size]byte
	for _, m := range said {
		text, _ := json.Marshal(m) // of plain fields
		so = sha256.Sum256(fmt.Appendf(so[:], "%s", text))
		if h.heard[so] {
			continue
		}
		h.heard[so] = true
		if m.Role == turncoat.RoleUser {
			h.desk.Hear(m)
		}
	}
}

// eventsIn returns the data of the events of a stream.
func eventsIn(body []byte) [][]byte {
	var events [][]byte
	var data []byte
	for line := range bytes.Lines(body) {
		line = bytes.TrimRight(line, "\r\n")
		if rest, ok := bytes.CutPrefix(line, []byte("data:")); ok {
			data = append(data, bytes.TrimPrefix(rest, []byte(" "))...)
			continue
		}
		if len(line) == 0 && len(data) > 0 {
			events = append(events, data)
			data = nil
		}
	}
	return events
}
