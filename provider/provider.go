package provider

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/semaphore"

	"turncoat"
	"turncoat/provider/standin"
)

// Defaults of [Options].
const (
	DefaultConcurrency = 16
	DefaultCallTimeout = 10 * time.Minute
	DefaultRetries     = 6
	DefaultAnswerLimit = 64 << 20 // far beyond the longest reply with its thinking
)

// Options say how models are asked. Zero fields have the defaults.
type Options struct {
	Getenv    func(string) string                             // reads keys and base URLs; nil: there are none
	Worlds    func(turncoat.WorldID) (*turncoat.World, error) // for stand-ins in process
	FormatAct func(turncoat.ScriptedAct) string               // for stand-ins in process
	CallOf    func(turncoat.ScriptedAct) turncoat.ToolCall    // for stand-ins in process

	Concurrency int            // calls to one provider at the same time
	PerProvider map[string]int // beats Concurrency, by provider
	CallTimeout time.Duration  // of one attempt
	Retries     int            // further attempts after a failed one; negative: none
	AnswerLimit int64          // bytes of one answer; a longer one is an error
}

// Provider makes models. It is safe for concurrent use.
type Provider struct {
	options Options
	client  *http.Client // for services
	actors  *http.Client // for servers of stand-ins

	mu     sync.Mutex
	models map[string]turncoat.Model
	slots  map[string]*semaphore.Weighted
}

// New returns a source of models.
func New(o Options) *Provider {
	if o.Getenv == nil {
		o.Getenv = func(string) string { return "" }
	}
	if o.Concurrency <= 0 {
		o.Concurrency = DefaultConcurrency
	}
	if o.CallTimeout <= 0 {
		o.CallTimeout = DefaultCallTimeout
	}
	if o.Retries == 0 {
		o.Retries = DefaultRetries
	}
	if o.AnswerLimit <= 0 {
		o.AnswerLimit = DefaultAnswerLimit
	}
	transport := newTransport(o)
	return &Provider{
		options: o,
		client:  newClient(transport),
		actors:  newClient(standin.Transport(transport)),
		models:  map[string]turncoat.Model{},
		slots:   map[string]*semaphore.Weighted{},
	}
}

// newTransport keeps as many connections as there may be calls, which the
// standard library's default of two a host does not.
func newTransport(o Options) http.RoundTripper {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.MaxIdleConns = 0
	transport.MaxIdleConnsPerHost = o.Concurrency
	for _, n := range o.PerProvider {
		transport.MaxIdleConnsPerHost = max(transport.MaxIdleConnsPerHost, n)
	}
	return bounded{transport, o.AnswerLimit}
}

// newClient returns a client that follows no redirect: it would take the key to
// an address that nobody configured.
func newClient(transport http.RoundTripper) *http.Client {
	return &http.Client{
		Transport:     transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// Model returns the model of a name, provider/name. The same name gives the
// same model. Errors say what the name or the environment lacks; that of a
// missing key is of the kind [turncoat.ErrorAuth] and names the variable.
//
// A base URL on this machine is asked once whether stand-ins are behind it, and
// if they are, they are told which part they play.
func (p *Provider) Model(name string) (turncoat.Model, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if m, ok := p.models[name]; ok {
		return m, nil
	}
	m, err := p.newModel(name)
	if err != nil {
		return nil, err
	}
	p.models[name] = m
	return m, nil
}

// Check returns an error if a name cannot be a model's: it is not provider/name,
// or there is no such provider or stand-in. It needs no key.
func Check(name string) error {
	prefix, bare, ok := strings.Cut(name, "/")
	if !ok || prefix == "" || bare == "" {
		return fmt.Errorf("%q is no name of a model: it must be provider/name, with one of the providers %s", name, vendorNames())
	}
	if prefix == turncoat.StandInProvider {
		return standin.Check(bare)
	}
	if _, ok := vendorOf(prefix); !ok {
		return fmt.Errorf("there is no provider %q in %q; there are %s", prefix, name, vendorNames())
	}
	return nil
}

func (p *Provider) newModel(name string) (turncoat.Model, error) {
	if err := Check(name); err != nil {
		return nil, err
	}
	prefix, bare, _ := strings.Cut(name, "/")
	if prefix == turncoat.StandInProvider {
		actor, err := standin.New(bare, standin.Options{Worlds: p.options.Worlds, FormatAct: p.options.FormatAct, CallOf: p.options.CallOf})
		if err != nil {
			return nil, err
		}
		return p.limited(prefix, actor), nil
	}
	v, _ := vendorOf(prefix)
	e, err := p.endpoint(v, name, bare)
	if err != nil {
		return nil, err
	}
	return p.limited(prefix, v.dial(e)), nil
}

// endpoint finds out where a vendor's model is and with which key it is asked.
func (p *Provider) endpoint(v vendor, name, bare string) (endpoint, error) {
	e := endpoint{name: name, model: bare, key: p.options.Getenv(v.keyVar), baseURL: v.baseURL, client: p.client}
	if base := p.options.Getenv(v.baseVar); base != "" {
		if u, err := url.Parse(base); err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") {
			return e, fmt.Errorf("%s is no address of a service: it must begin with https:// or http:// and name a host", v.baseVar)
		}
		e.baseURL = strings.TrimSuffix(base, "/")
	}
	local := isLoopback(e.baseURL)
	switch {
	case e.key == "" && !local:
		return e, &turncoat.ModelError{Kind: turncoat.ErrorAuth, Err: fmt.Errorf("%s needs a key: set %s in the environment or in a file .env", name, v.keyVar)}
	case e.key == "":
		e.key = "none" // the SDKs want one; a server on this machine need not
	}
	if local && standin.Probe(context.Background(), e.baseURL) {
		e.client = p.actors
	}
	return e, nil
}

// limited returns a model that is bound by its provider's limits.
func (p *Provider) limited(prefix string, m turncoat.Model) turncoat.Model {
	slots, ok := p.slots[prefix]
	if !ok {
		n := p.options.Concurrency
		if own := p.options.PerProvider[prefix]; own > 0 {
			n = own
		}
		slots = semaphore.NewWeighted(int64(n))
		p.slots[prefix] = slots
	}
	return &limited{Model: m, slots: slots, timeout: p.options.CallTimeout, retry: newRetry[*turncoat.Reply](p.options, turncoat.ErrorKind.Retryable)}
}
