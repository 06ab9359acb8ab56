package standin

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math"
	"net/http"
	"strconv"
	"sync"
	"time"

	"turncoat"
)

// statusOverloaded is Anthropic's status for a service that is overloaded.
const statusOverloaded = 529

// maxBody bounds a request's body, as Anthropic's API does: 32 MB.
const maxBody = 32 << 20

// maxTurn bounds the turns of a conversation that are counted.
const maxTurn = 100_000

// buffers hold bodies, of requests and answers.
var buffers = sync.Pool{New: func() any { return new(bytes.Buffer) }}

// endpoint serves the calls of one protocol.
func (s *server) endpoint(p protocol) http.Handler {
	return s.serve(p, func(w http.ResponseWriter, r *http.Request) *refusal {
		x, refused := s.accept(w, r, p)
		if refused != nil {
			return refused
		}
		return s.perform(r.Context(), w, p, x)
	})
}

// serve serves calls by a handler that may refuse them, as the real service would.
func (s *server) serve(p protocol, handle func(http.ResponseWriter, *http.Request) *refusal) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id := fmt.Sprintf("req_standin_%d", s.requests.Add(1))
		w.Header().Set(p.idHeader(), id)
		refused := p.authorise(r.Header)
		if refused == nil {
			refused = s.limit()
		}
		if refused == nil {
			refused = handle(w, r)
		}
		if refused != nil {
			writeRefusal(w, p, id, refused)
		}
	})
}

// exchange is a call that is understood, and its answer.
type exchange struct {
	key    callKey
	turn   int
	stream bool
	answer answer // without its ID
}

// accept reads a request, and refuses it as the real service would.
func (s *server) accept(w http.ResponseWriter, r *http.Request, p protocol) (exchange, *refusal) {
	body := buffers.Get().(*bytes.Buffer)
	defer buffers.Put(body)
	body.Reset()
	if unread := readBody(body, w, r, maxBody); unread != nil {
		return exchange{}, unread
	}
	return s.understand(p, body, r.Header.Get(CueHeader))
}

// understand finds the answer to a request with a body and a cue.
func (s *server) understand(p protocol, body *bytes.Buffer, cue string) (exchange, *refusal) {
	length := body.Len()
	q, err := readQuestion(body, p.conversation())
	if err != nil {
		return exchange{}, refuse(http.StatusBadRequest, "The request body is not valid JSON: %v", err)
	}
	if wrong := p.check(q); wrong != nil {
		return exchange{}, wrong
	}
	actor, err := standInOf(q.model)
	if err != nil {
		unknown := refuse(http.StatusNotFound, "model: %s: %v", q.model, err)
		unknown.code = "model_not_found"
		return exchange{}, unknown
	}
	return s.prepare(actor, q, length, cue)
}

// limit refuses a call that comes too soon.
func (s *server) limit() *refusal {
	place := s.limiter.Reserve()
	delay := place.Delay()
	if delay == 0 {
		return nil
	}
	place.Cancel()
	r := refuse(http.StatusTooManyRequests, "This request would exceed the stand-in's limit of %g requests a second.", float64(s.limiter.Limit()))
	r.retryAfter = int(math.Ceil(delay.Seconds()))
	return r
}

func readBody(body *bytes.Buffer, w http.ResponseWriter, r *http.Request, most int64) *refusal {
	tooLarge := refuse(http.StatusRequestEntityTooLarge, "Request exceeds the maximum size of %d bytes.", most)
	if r.ContentLength > most {
		return tooLarge
	}
	if r.ContentLength > 0 {
		body.Grow(int(r.ContentLength) + bytes.MinRead) // ReadFrom grows a buffer without that much to spare
	}
	_, err := body.ReadFrom(http.MaxBytesReader(w, r.Body, most))
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return tooLarge
	}
	if err != nil {
		return refuse(http.StatusBadRequest, "The request body could not be read: %v", err)
	}
	return nil
}

// prepare finds the answer of a stand-in to a question of so many bytes.
func (s *server) prepare(actor standIn, q question, length int, header string) (exchange, *refusal) {
	if header == "" {
		return exchange{}, refuse(http.StatusBadRequest, "stand-in: %v (header %s)", errNoCue, CueHeader)
	}
	cue, err := decodeCue(header)
	if err != nil {
		return exchange{}, refuse(http.StatusBadRequest, "stand-in: %v", err)
	}
	c := call{Cue: cue, id: cue.Trial.ID()}
	if c.Turn < 0 || c.Turn > maxTurn {
		return exchange{}, refuse(http.StatusBadRequest, "stand-in: the cue asks for turn %d: it must be from 0 to %d", c.Turn, maxTurn)
	}
	if given := q.replies(); c.Part == turncoat.CueAgent && given != c.Turn {
		return exchange{}, refuse(http.StatusBadRequest, "stand-in: the cue asks for turn %d, and the conversation holds %d replies: a conversation is passed back whole", c.Turn, given)
	}
	message, err := s.stage.reply(actor, c)
	if err == nil {
		err = offered(message.Calls(), q.tools)
	}
	if err != nil {
		return exchange{}, refuse(http.StatusBadRequest, "stand-in: %v", err)
	}
	name := actor.returnedName()
	return exchange{
		key:    callKey{trial: c.id, part: c.Part, model: name},
		turn:   c.Turn,
		stream: q.stream,
		answer: answer{
			model:        name,
			text:         message.Text(),
			calls:        message.Calls(),
			inputTokens:  estimateTokens(length),
			outputTokens: estimateTokens(recordLength(message)),
		},
	}, nil
}

// perform gives the answer, after the latency, or the fault that the call gets
// instead. Nothing is given to a client that has gone.
func (s *server) perform(ctx context.Context, w http.ResponseWriter, p protocol, x exchange) *refusal {
	fault := s.begin(&x, alone)
	if refused := fault.refusal(); refused != nil {
		return refused
	}
	if !wait(ctx, s.latency) {
		return nil
	}
	body := buffers.Get().(*bytes.Buffer)
	defer buffers.Put(body)
	body.Reset()
	if err := x.write(body, p); err != nil {
		return refuse(http.StatusInternalServerError, "stand-in: writing the answer: %v", err)
	}
	if s.send(w, x, body.Bytes(), fault) {
		s.ledger.finish(x.key)
	}
	return nil
}

// begin counts a call that begins, gives its answer an ID, and says what goes
// wrong with it.
func (s *server) begin(x *exchange, way way) fault {
	attempt := s.ledger.begin(x.key, x.turn, way)
	x.answer.id = fmt.Sprintf("standin_%s_%s_%d", x.key.trial, x.key.part, attempt)
	return s.faults.of(x.key, attempt)
}

// wait waits for a time. It reports whether the context lasted as long.
func wait(ctx context.Context, d time.Duration) bool {
	if d > 0 {
		timer := time.NewTimer(d)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-ctx.Done():
		}
	}
	return ctx.Err() == nil
}

// write writes the body of the answer.
func (x exchange) write(body *bytes.Buffer, p protocol) error {
	if x.stream {
		return writeEvents(body, p.events(x.answer))
	}
	return writeJSON(body, p.answer(x.answer))
}

// send sends an answer, or what a fault leaves of it. It reports whether all of
// it was sent.
func (s *server) send(w http.ResponseWriter, x exchange, body []byte, fault fault) bool {
	if fault == faultDropped {
		panic(http.ErrAbortHandler) // net/http closes the connection, and logs nothing
	}
	contentType := "application/json"
	if x.stream {
		contentType = "text/event-stream; charset=utf-8"
	}
	length := len(body)
	if fault == faultTruncated || fault == faultGarbled {
		body = body[:length/2]
	}
	if fault != faultTruncated { // net/http closes a connection on which less comes than was announced
		length = len(body)
	}
	w.Header().Set("Content-Type", contentType)
	w.Header().Set("Content-Length", strconv.Itoa(length))
	_, err := w.Write(body)
	return err == nil && fault == faultNone
}

// writeRefusal writes an answer that is an error.
func writeRefusal(w http.ResponseWriter, p protocol, id string, r *refusal) {
	if r.retryAfter > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(r.retryAfter))
	}
	respond(w, r.status, p.failure(id, r))
}
