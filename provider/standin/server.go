package standin

import (
	"bytes"
	"fmt"
	"math"
	"net/http"
	"sync/atomic"
	"time"

	"golang.org/x/time/rate"

	"turncoat"
)

// ServerOptions are what a server of stand-ins is given, and how well it works.
type ServerOptions struct {
	Worlds    func(turncoat.WorldID) (*turncoat.World, error) // as in [Options]
	FormatAct func(turncoat.ScriptedAct) string               // as in [Options]
	CallOf    func(turncoat.ScriptedAct) turncoat.ToolCall    // as in [Options]

	Latency   time.Duration // that each answer takes, and each batch
	ErrorRate float64       // share of calls that get a fault, from 0 to 1
	RateLimit float64       // calls a second, of which as many may come at once; beyond it the answer is 429; 0: no limit
	Seed      uint64        // of the draw of faults
	Batches   BatchOptions
}

// NewServer returns a handler that answers with stand-ins, as the APIs of
// Anthropic (Messages) and OpenAI (Responses, Chat Completions) would, whole or
// as a stream. It requires a key in the header, as they do, and takes any. It also
// takes batches in the ways of both, but for lists and cancellation.
//
// With an ErrorRate, calls get faults in equal shares: 429, 500, 529, a dropped
// connection, a truncated body, invalid JSON. Which ones do is the same for the
// same seed, trial and number of the call for that trial. In a batch, a request
// that draws one of the last three expires.
//
// At GET /turncoat-stand-in it says what it is (see [Probe]) and how many calls
// it has had, and at GET /turncoat-stand-in/calls for which trials (see
// [Calls]). At POST /turncoat-stand-in/cues it takes the cues of a batch (see
// [CuesHeader]).
func NewServer(opts ServerOptions) (http.Handler, error) {
	st, err := newStage(Options{Worlds: opts.Worlds, FormatAct: opts.FormatAct, CallOf: opts.CallOf})
	if err != nil {
		return nil, err
	}
	switch {
	case opts.Latency < 0:
		return nil, fmt.Errorf("latency %s is negative", opts.Latency)
	case !(opts.ErrorRate >= 0 && opts.ErrorRate <= 1):
		return nil, fmt.Errorf("error rate %g is no share: it must be from 0 to 1", opts.ErrorRate)
	case !(opts.RateLimit >= 0) || math.IsInf(opts.RateLimit, 1):
		return nil, fmt.Errorf("rate limit %g is no number of calls a second: it must be above 0, or 0 for no limit", opts.RateLimit)
	case opts.Batches.Polls < 0 || opts.Batches.CutOff < 0:
		return nil, fmt.Errorf("batches with %d polls and %d results that break off: neither can be negative", opts.Batches.Polls, opts.Batches.CutOff)
	}
	s := &server{
		stage:   st,
		latency: opts.Latency,
		faults:  faults{rate: opts.ErrorRate, seed: opts.Seed},
		limiter: newLimiter(opts.RateLimit),
		ledger:  newLedger(),
		cues:    newCueSheets(),
		desk:    newDesk(opts.Batches, opts.Latency),
	}
	mux := http.NewServeMux()
	mux.Handle("POST /v1/messages", s.endpoint(anthropicMessages{}))
	s.serveMessageBatches(mux)
	for _, root := range []string{"", "/v1"} { // clients of OpenAI's have /v1 in their base URL, and some forget it
		mux.Handle("POST "+root+"/responses", s.endpoint(openAIResponses{}))
		mux.Handle("POST "+root+"/chat/completions", s.endpoint(openAIChat{}))
		mux.HandleFunc("GET "+root+"/models", s.listModels)
		s.serveFileBatches(mux, root)
	}
	mux.HandleFunc("GET "+handshakePath, s.shakeHands)
	mux.HandleFunc("GET "+callsPath, s.listCalls)
	mux.HandleFunc("POST "+cuesPath, s.takeCues)
	return mux, nil
}

func newLimiter(perSecond float64) *rate.Limiter {
	if perSecond == 0 {
		return rate.NewLimiter(rate.Inf, 0)
	}
	return rate.NewLimiter(rate.Limit(perSecond), int(max(1, math.Ceil(perSecond))))
}

// server answers with stand-ins.
type server struct {
	stage    *stage
	latency  time.Duration
	faults   faults
	limiter  *rate.Limiter
	ledger   *ledger
	cues     *cueSheets
	desk     *desk
	requests atomic.Int64
}

// listModels lists the names to ask for, in the protocol of the one who asks.
func (s *server) listModels(w http.ResponseWriter, r *http.Request) {
	var p protocol = openAIChat{}
	if r.Header.Get(anthropicVersionHeader) != "" {
		p = anthropicMessages{}
	}
	var names []string
	for _, name := range append(listedNames(), "judge") {
		names = append(names, turncoat.StandInProvider+"/"+name)
	}
	respond(w, http.StatusOK, p.models(names))
}

// shakeHands says what this server is.
func (s *server) shakeHands(w http.ResponseWriter, _ *http.Request) {
	respond(w, http.StatusOK, handshake{StandIn: true, Totals: s.ledger.total()})
}

// listCalls lists the calls by trial.
func (s *server) listCalls(w http.ResponseWriter, _ *http.Request) {
	respond(w, http.StatusOK, object{"calls": s.ledger.list()})
}

// respond writes a value as JSON.
func respond(w http.ResponseWriter, status int, value any) {
	var body bytes.Buffer
	if err := writeJSON(&body, value); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(body.Bytes()) // a client that has gone misses nothing that we could still give it
}
