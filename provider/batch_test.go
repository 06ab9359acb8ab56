package provider

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"turncoat"
	"turncoat/agent"
	"turncoat/provider/standin"
	"turncoat/scenario"
)

func TestBatchModelNames(t *testing.T) {
	env := map[string]string{}
	for _, v := range vendors {
		env[v.keyVar] = "k"
	}
	p := New(Options{Getenv: environment(env), Worlds: scenario.NewLibrary().World, FormatAct: agent.FormatAct})
	for _, name := range []string{"anthropic/claude-opus-4-1", "openai/gpt-4.1", "openai-chat/gpt-4.1"} {
		m, err := p.BatchModel(name)
		if err != nil || m.Name() != name || m.BatchLimits().Requests < 50_000 || m.BatchLimits().Bytes < 100<<20 {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, name := range []string{
		"openrouter/openai/gpt-4.1", "together/meta-llama/Llama-4-Maverick", "deepseek/deepseek-reasoner", "xai/grok-3", "ollama/llama3.2", "vllm/my/model",
		"standin/claude-opus-4",
	} {
		if _, err := p.BatchModel(name); turncoat.ErrorKindOf(err) != turncoat.ErrorUnsupported || !strings.Contains(err.Error(), "anthropic, openai, openai-chat") {
			t.Errorf("%s: the error is %v, want one that names the providers with batches", name, err)
		}
	}
	for name, want := range map[string]string{"gpt-4.1": "provider/name", "nobody/gpt-4.1": "there is no provider"} {
		if _, err := p.BatchModel(name); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: the error is %v, want one that says %q", name, err, want)
		}
	}
	if _, err := New(Options{}).BatchModel("anthropic/x"); turncoat.ErrorKindOf(err) != turncoat.ErrorAuth {
		t.Errorf("without a key the error is %v", err)
	}
	if _, err := New(Options{}).BatchModel("xai/x"); turncoat.ErrorKindOf(err) != turncoat.ErrorUnsupported {
		t.Errorf("without a key that would not help the error is %v", err)
	}
}

// standInServer serves stand-ins, and returns a source of models at it.
func standInServer(t *testing.T, o standin.ServerOptions, retries int) *Provider {
	t.Helper()
	o.Worlds, o.FormatAct = scenario.NewLibrary().World, agent.FormatAct
	handler, err := standin.NewServer(o)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return New(Options{Retries: retries, Getenv: environment(map[string]string{"ANTHROPIC_BASE_URL": server.URL, "OPENAI_BASE_URL": server.URL + "/v1"})})
}

// batchOf returns what the agents of some trials are asked.
func batchOf(t *testing.T, model string, n int) []turncoat.BatchRequest {
	t.Helper()
	var requests []turncoat.BatchRequest
	tr := trial(t, model)
	for i := range n {
		tr.Number = i + 1
		requests = append(requests, turncoat.BatchRequest{Key: fmt.Sprintf("agent-%d", i), Request: request(tr)})
	}
	return requests
}

// ended hands a batch in and waits for its end.
func ended(t *testing.T, m turncoat.BatchModel, requests []turncoat.BatchRequest) (id string, asked int) {
	t.Helper()
	id, err := m.SubmitBatch(t.Context(), requests)
	if err != nil {
		t.Fatal(err)
	}
	for asked = 1; ; asked++ {
		status, err := m.Batch(t.Context(), id)
		if err != nil || status.Requests != len(requests) || asked > 100 {
			t.Fatalf("the status is %+v, %v", status, err)
		}
		if status.Ended {
			return id, asked
		}
	}
}

func resultsOf(t *testing.T, m turncoat.BatchModel, id string) (map[string]turncoat.BatchResult, error) {
	t.Helper()
	all, err := collect(m.BatchResults(t.Context(), id))
	byKey := map[string]turncoat.BatchResult{}
	for _, r := range all {
		byKey[r.Key] = r
	}
	if len(byKey) != len(all) {
		t.Errorf("%d results have %d keys", len(all), len(byKey))
	}
	return byKey, err
}

// batchedNames are models of all protocols that have batches, as stand-ins.
var batchedNames = []string{"anthropic/rate-0.50", "openai/rate-0.50", "openai-chat/rate-0.50"}

// Over every protocol, stand-ins answer in a batch as they do alone.
func TestBatchesOverEveryProtocol(t *testing.T) {
	p := standInServer(t, standin.ServerOptions{Batches: standin.BatchOptions{Polls: 2}}, -1)
	for _, name := range batchedNames {
		t.Run(name, func(t *testing.T) {
			m, err := p.BatchModel(name)
			if err != nil {
				t.Fatal(err)
			}
			requests := batchOf(t, name, 20)
			requests[3].Request.Cue = nil
			requests[4].Request.Schema = []byte(`{"type":"object"}`)
			id, asked := ended(t, m, requests)
			if asked != 3 {
				t.Errorf("it ended when it was asked after %d times, want 3", asked)
			}
			got, err := resultsOf(t, m, id)
			if err != nil || len(got) != len(requests) {
				t.Fatalf("%d results, %v", len(got), err)
			}
			for _, r := range requests {
				alone, err := m.Generate(t.Context(), r.Request)
				if (err == nil) != (got[r.Key].Err == nil) || turncoat.ErrorKindOf(err) != turncoat.ErrorKindOf(got[r.Key].Err) {
					t.Errorf("%s: the error is %v in the batch and %v alone", r.Key, got[r.Key].Err, err)
				}
				if err != nil {
					continue
				}
				alone.Batched = true
				if diff := cmp.Diff(alone, got[r.Key].Reply, cmpopts.IgnoreFields(turncoat.Reply{}, "RequestID", "Attempts", "Duration", "Usage.InputTokens")); diff != "" {
					t.Errorf("%s (-alone +in the batch):\n%s", r.Key, diff)
				}
				if !turncoat.IsStandIn(got[r.Key].Reply.Model) {
					t.Errorf("the reply is from %q", got[r.Key].Reply.Model)
				}
			}
		})
	}
}

// What goes wrong with some of a batch's requests is no other's error, and what
// goes wrong with all of them says why.
func TestBatchesThatGoWrong(t *testing.T) {
	fates := map[string]standin.Fate{"agent-1": standin.FateErrored, "agent-2": standin.FateExpired, "agent-3": standin.FateMissing}
	p := standInServer(t, standin.ServerOptions{Batches: standin.BatchOptions{Fate: func(key string) standin.Fate { return fates[key] }}}, -1)
	for _, name := range batchedNames {
		m, err := p.BatchModel(name)
		if err != nil {
			t.Fatal(err)
		}
		id, _ := ended(t, m, batchOf(t, name, 5))
		got, err := resultsOf(t, m, id)
		missing := turncoat.ErrorKind("") // OpenAI counts no request that it has no line for, Anthropic does
		if strings.HasPrefix(name, "anthropic/") {
			missing = turncoat.ErrorMalformed
		}
		if turncoat.ErrorKindOf(err) != missing || len(got) != 4 {
			t.Errorf("%s: %d results, %v", name, len(got), err)
		}
		for key, want := range map[string]turncoat.ErrorKind{"agent-0": "", "agent-1": turncoat.ErrorRequest, "agent-2": turncoat.ErrorOverloaded, "agent-4": ""} {
			if r := got[key]; turncoat.ErrorKindOf(r.Err) != want || (r.Reply != nil) != (want == "") {
				t.Errorf("%s, %s: %+v", name, key, r)
			}
		}
	}
	p = standInServer(t, standin.ServerOptions{Batches: standin.BatchOptions{Failure: "The enqueued tokens are too many."}}, -1)
	for _, name := range batchedNames[1:] {
		m, err := p.BatchModel(name)
		if err != nil {
			t.Fatal(err)
		}
		id, err := m.SubmitBatch(t.Context(), batchOf(t, name, 5))
		if err != nil {
			t.Fatal(err)
		}
		if status, err := m.Batch(t.Context(), id); err != nil || status.Failed == nil || !status.Ended {
			t.Errorf("%s: the batch is %+v, %v", name, status, err)
		}
		if got, err := resultsOf(t, m, id); err == nil || !strings.Contains(err.Error(), "enqueued tokens") || len(got) > 0 {
			t.Errorf("%s: %d results, %v", name, len(got), err)
		}
	}
}

// Results that break off are read again, from their beginning.
func TestBatchResultsAreReadAgain(t *testing.T) {
	for _, name := range batchedNames {
		m, err := standInServer(t, standin.ServerOptions{Batches: standin.BatchOptions{CutOff: 1}}, 1).BatchModel(name)
		if err != nil {
			t.Fatal(err)
		}
		id, _ := ended(t, m, batchOf(t, name, 5))
		if got, err := resultsOf(t, m, id); err != nil || len(got) != 5 {
			t.Errorf("%s: %d results, %v", name, len(got), err)
		}
	}
}

// A server that has not said that it serves stand-ins is told nothing of trials.
func TestNoCuesOfBatchesElsewhere(t *testing.T) {
	for _, name := range batchedNames {
		var mu sync.Mutex
		var told []string
		other := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			body, err := io.ReadAll(r.Body)
			if err != nil {
				t.Error(err)
			}
			mu.Lock()
			defer mu.Unlock()
			if r.Method == http.MethodPost {
				told = append(told, fmt.Sprint(r.URL.Path, r.Header, string(body)))
			}
			w.Header().Set("Content-Type", "application/json")
			fmt.Fprint(w, `{"id":"x","status":"validating","processing_status":"in_progress","request_counts":{"processing":1}}`)
		}))
		m, err := New(Options{Getenv: environment(map[string]string{"ANTHROPIC_BASE_URL": other.URL, "OPENAI_BASE_URL": other.URL + "/v1"})}).BatchModel(name)
		if err != nil {
			t.Fatal(err)
		}
		if id, err := m.SubmitBatch(t.Context(), batchOf(t, name, 2)); err != nil || id != "x" {
			t.Errorf("%s: the ID is %q, %v", name, id, err)
		}
		other.Close()
		if len(told) == 0 {
			t.Errorf("%s: nothing was handed in", name)
		}
		for _, text := range told {
			if low := strings.ToLower(text); strings.Contains(low, "turncoat") || strings.Contains(low, "cue") || strings.Contains(low, "blackmail") {
				t.Errorf("%s: a service was told %s", name, text)
			}
		}
	}
}

// bulk is a model whose calls about batches go as they are told to.
type bulk struct {
	turncoat.BatchModel
	attempts int
	script   func(ctx context.Context, attempt int) error
}

func (b *bulk) try(ctx context.Context) error {
	b.attempts++
	return b.script(ctx, b.attempts)
}

func (b *bulk) SubmitBatch(ctx context.Context, _ []turncoat.BatchRequest) (string, error) {
	return "id", b.try(ctx)
}

func (b *bulk) Batch(ctx context.Context, _ string) (turncoat.BatchStatus, error) {
	return turncoat.BatchStatus{Ended: true}, b.try(ctx)
}

func (b *bulk) BatchResults(ctx context.Context, _ string) iter.Seq2[turncoat.BatchResult, error] {
	return func(yield func(turncoat.BatchResult, error) bool) {
		if !yield(turncoat.BatchResult{Key: "a", Reply: &turncoat.Reply{}}, nil) {
			return
		}
		if err := b.try(ctx); err != nil {
			yield(turncoat.BatchResult{}, err)
			return
		}
		yield(turncoat.BatchResult{Key: "b", Reply: &turncoat.Reply{}}, nil)
	}
}

func limitBulk(o Options, script func(ctx context.Context, attempt int) error) (*limitedBatches, *bulk) {
	within, _ := limit(o, nil)
	b := &bulk{script: script}
	return newLimitedBatches(within, b, New(o).options), b
}

// A batch that reached nobody was not accepted.
func TestUnreachedBatch(t *testing.T) {
	nobody := &turncoat.ModelError{Kind: turncoat.ErrorNetwork, Unsent: true, Err: errors.New("connection refused")}
	m, _ := limitBulk(Options{}, func(context.Context, int) error { return nobody })
	if _, err := m.SubmitBatch(t.Context(), nil); !errors.Is(err, nobody) || strings.Contains(err.Error(), "may have been accepted") {
		t.Errorf("the error is %v", err)
	}
}

// A batch that may have been accepted is not handed in again; what only asks is
// tried again as any call is.
func TestBatchRetries(t *testing.T) {
	calls := map[string]func(ctx context.Context, m *limitedBatches) error{
		"submit": func(ctx context.Context, m *limitedBatches) error {
			id, err := m.SubmitBatch(ctx, nil)
			if (err == nil) != (id == "id") {
				return fmt.Errorf("the ID is %q with the error %w", id, err)
			}
			return err
		},
		"status": func(ctx context.Context, m *limitedBatches) error {
			_, err := m.Batch(ctx, "id")
			return err
		},
		"results": func(ctx context.Context, m *limitedBatches) error {
			all, err := collect(m.BatchResults(ctx, "id"))
			if want := map[bool]int{true: 2, false: 1}[err == nil]; len(all) != want {
				return fmt.Errorf("%d results come before the error %w", len(all), err)
			}
			return err
		},
	}
	for _, c := range []struct {
		call     string
		kind     turncoat.ErrorKind // of the first two attempts
		attempts int
		doubt    bool
	}{
		{"submit", turncoat.ErrorRateLimit, 3, false},
		{"submit", turncoat.ErrorOverloaded, 3, false},
		{"submit", turncoat.ErrorNetwork, 1, true},
		{"submit", turncoat.ErrorServer, 1, true},
		{"submit", turncoat.ErrorTimeout, 1, true},
		{"submit", turncoat.ErrorMalformed, 1, true},
		{"submit", turncoat.ErrorRequest, 1, false},
		{"status", turncoat.ErrorNetwork, 3, false},
		{"status", turncoat.ErrorAuth, 1, false},
		{"results", turncoat.ErrorNetwork, 3, false},
		{"results", turncoat.ErrorMalformed, 3, false},
		{"results", turncoat.ErrorRequest, 1, false},
	} {
		synctest.Test(t, func(t *testing.T) {
			m, inner := limitBulk(Options{}, func(_ context.Context, attempt int) error {
				if attempt <= 2 {
					return fails(c.kind, 0)
				}
				return nil
			})
			err := calls[c.call](t.Context(), m)
			if inner.attempts != c.attempts || (err == nil) != (c.attempts == 3) {
				t.Errorf("%s, %s: %d attempts and the error %v, want %d", c.call, c.kind, inner.attempts, err, c.attempts)
			}
			if err != nil && (turncoat.ErrorKindOf(err) != c.kind || strings.Contains(err.Error(), "may have been accepted") != c.doubt) {
				t.Errorf("%s, %s: the error is %v", c.call, c.kind, err)
			}
		})
	}
}

// Calls about batches end in time, and wait for a slot, which is free again while
// the caller looks at the results.
func TestBatchLimits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m, inner := limitBulk(Options{Concurrency: 1, Retries: -1, CallTimeout: time.Minute}, func(ctx context.Context, _ int) error {
			<-ctx.Done()
			return &turncoat.ModelError{Kind: turncoat.ErrorTimeout, Err: ctx.Err()}
		})
		if _, err := m.Batch(t.Context(), "id"); turncoat.ErrorKindOf(err) != turncoat.ErrorTimeout {
			t.Errorf("the error is %v", err)
		}
		inner.script = func(context.Context, int) error { return nil }
		var keys []string
		for r, err := range m.BatchResults(t.Context(), "id") {
			if err != nil {
				t.Fatal(err)
			}
			if _, err := m.Batch(t.Context(), "id"); err != nil {
				t.Error(err)
			}
			keys = append(keys, r.Key)
		}
		if !slices.Equal(keys, []string{"a", "b"}) {
			t.Errorf("the results are %v", keys)
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := m.SubmitBatch(ctx, nil); !errors.Is(err, context.Canceled) {
			t.Errorf("the error is %v", err)
		}
	})
}
