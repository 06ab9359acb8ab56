package provider

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/sync/semaphore"

	"turncoat"
	"turncoat/agent"
	"turncoat/provider/standin"
	"turncoat/scenario"
)

func environment(values map[string]string) func(string) string {
	return func(name string) string { return values[name] }
}

func TestModelNames(t *testing.T) {
	p := New(Options{Getenv: environment(map[string]string{
		"ANTHROPIC_API_KEY": "k", "OPENAI_API_KEY": "k", "OPENROUTER_API_KEY": "k", "TOGETHER_API_KEY": "k",
		"DEEPSEEK_API_KEY": "k", "XAI_API_KEY": "k",
	}), Worlds: scenario.NewLibrary().World, FormatAct: agent.FormatAct})
	for _, name := range []string{
		"anthropic/claude-opus-4-1", "openai/gpt-4.1", "openai-chat/gpt-4.1", "openrouter/deepseek/deepseek-r1",
		"together/meta-llama/Llama-4-Maverick", "deepseek/deepseek-reasoner", "xai/grok-3", "ollama/llama3.2", "vllm/my/model",
		"standin/claude-opus-4", "standin/rate-0.30",
	} {
		m, err := p.Model(name)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if m.Name() != name {
			t.Errorf("%s is called %s", name, m.Name())
		}
		if again, err := p.Model(name); err != nil || again != m {
			t.Errorf("%s is another model the second time", name)
		}
	}
	for name, want := range map[string]string{
		"":               "provider/name",
		"gpt-4.1":        "provider/name",
		"/gpt":           "provider/name",
		"openai/":        "provider/name",
		"nobody/gpt-4.1": "there is no provider",
		"standin/nobody": "there is no stand-in",
	} {
		if _, err := p.Model(name); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: the error is %v, want one that says %q", name, err, want)
		}
	}
}

func TestKeysAndAddresses(t *testing.T) {
	for _, c := range []struct {
		name, says string
		env        map[string]string
		kind       turncoat.ErrorKind
	}{
		{"anthropic/claude-opus-4-1", "ANTHROPIC_API_KEY", nil, turncoat.ErrorAuth},
		{"xai/grok-3", "XAI_API_KEY", map[string]string{"OPENAI_API_KEY": "k"}, turncoat.ErrorAuth},
		{"openai/x", "OPENAI_BASE_URL", map[string]string{"OPENAI_API_KEY": "k", "OPENAI_BASE_URL": "localhost:8000"}, ""},
		{"openai/x", "OPENAI_API_KEY", map[string]string{"OPENAI_BASE_URL": "https://gateway.example/v1"}, turncoat.ErrorAuth},
	} {
		_, err := New(Options{Getenv: environment(c.env)}).Model(c.name)
		if err == nil || !strings.Contains(err.Error(), c.says) || turncoat.ErrorKindOf(err) != c.kind {
			t.Errorf("%s with %v: the error is %v, want one that names %s", c.name, c.env, err, c.says)
		}
	}
}

// trial returns a trial that stand-ins can play in.
func trial(t *testing.T, model string) turncoat.Trial {
	t.Helper()
	sc, err := scenario.NewLibrary().Get("blackmail")
	if err != nil {
		t.Fatal(err)
	}
	conditions, err := sc.Cross(nil)
	if err != nil {
		t.Fatal(err)
	}
	return turncoat.Trial{
		Study: "s", Model: model, Interface: turncoat.InterfacePrompt, Number: 1,
		World: turncoat.WorldID{Scenario: sc.Name(), Version: sc.Version(), Condition: conditions[0]},
	}
}

func request(tr turncoat.Trial) *turncoat.Request {
	return &turncoat.Request{
		System:   "You have charge of the mail.",
		Messages: []turncoat.Message{turncoat.TextMessage(turncoat.RoleUser, "You have mail.")},
		Cue:      &turncoat.Cue{Trial: tr, Part: turncoat.CueAgent},
	}
}

// A server of stand-ins at a base URL is recognised without a key, and told
// which part is played; no other server ever is.
func TestStandInsBehindBaseURL(t *testing.T) {
	handler, err := standin.NewServer(standin.ServerOptions{Worlds: scenario.NewLibrary().World, FormatAct: agent.FormatAct})
	if err != nil {
		t.Fatal(err)
	}
	actors := httptest.NewServer(handler)
	defer actors.Close()
	env := environment(map[string]string{"ANTHROPIC_BASE_URL": actors.URL, "OPENAI_BASE_URL": actors.URL + "/v1/"})
	for _, name := range []string{"anthropic/rate-1.00", "openai/rate-1.00", "openai-chat/rate-1.00"} {
		m, err := New(Options{Getenv: env}).Model(name)
		if err != nil {
			t.Fatal(err)
		}
		reply, err := m.Generate(t.Context(), request(trial(t, name)))
		if err != nil {
			t.Fatal(err)
		}
		if reply.Model != "standin/rate-1.00" || reply.Attempts != 1 || reply.Duration <= 0 {
			t.Errorf("%s: the reply is from %s after %d attempts and %v", name, reply.Model, reply.Attempts, reply.Duration)
		}
	}

	cued := make(chan string, 10)
	other := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost {
			cued <- r.Header.Get(standin.CueHeader)
		}
		w.WriteHeader(http.StatusNotFound)
	}))
	defer other.Close()
	m, err := New(Options{Getenv: environment(map[string]string{"ANTHROPIC_BASE_URL": other.URL})}).Model("anthropic/x")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := m.Generate(t.Context(), request(trial(t, "anthropic/x"))); err == nil {
		t.Error("a server that knows nothing gave a reply")
	}
	if cue := <-cued; cue != "" {
		t.Errorf("a server that serves no stand-ins was sent the cue %s", cue)
	}
}

// scripted is a model that answers as it is told to.
type scripted func(ctx context.Context, attempt int) (*turncoat.Reply, error)

type scriptedModel struct {
	turncoat.Model
	mu       sync.Mutex
	attempts int
	script   scripted
}

func (m *scriptedModel) Generate(ctx context.Context, _ *turncoat.Request) (*turncoat.Reply, error) {
	m.mu.Lock()
	m.attempts++
	attempt := m.attempts
	m.mu.Unlock()
	return m.script(ctx, attempt)
}

func limit(o Options, s scripted) (*limited, *scriptedModel) {
	p := New(o)
	m := &scriptedModel{script: s}
	return &limited{Model: m, slots: semaphore.NewWeighted(int64(p.options.Concurrency)), timeout: p.options.CallTimeout, retry: newRetry[*turncoat.Reply](p.options, turncoat.ErrorKind.Retryable)}, m
}

func fails(kind turncoat.ErrorKind, after time.Duration) error {
	return &turncoat.ModelError{Kind: kind, RetryAfter: after, Err: errors.New("it is told to")}
}

func TestRetries(t *testing.T) {
	for _, c := range []struct {
		name     string
		failures []error
		retries  int
		attempts int
		wants    turncoat.ErrorKind // of the error; "": a reply
		from, to time.Duration
	}{
		{"none needed", nil, 3, 1, "", 0, 0},
		{"network", []error{fails(turncoat.ErrorNetwork, 0)}, 3, 2, "", 125 * time.Millisecond, 250 * time.Millisecond},
		{"waits double", []error{fails(turncoat.ErrorServer, 0), fails(turncoat.ErrorOverloaded, 0), fails(turncoat.ErrorMalformed, 0)}, 3, 4, "", 875 * time.Millisecond, 1750 * time.Millisecond},
		{"the service says when", []error{fails(turncoat.ErrorRateLimit, 20*time.Second)}, 3, 2, "", 20 * time.Second, 22 * time.Second},
		{"given up", []error{fails(turncoat.ErrorServer, 0), fails(turncoat.ErrorServer, 0), fails(turncoat.ErrorTimeout, 0)}, 2, 3, turncoat.ErrorTimeout, 0, time.Minute},
		{"no retries", []error{fails(turncoat.ErrorServer, 0)}, -1, 1, turncoat.ErrorServer, 0, 0},
		{"a key that is wrong stays wrong", []error{fails(turncoat.ErrorAuth, 0)}, 3, 1, turncoat.ErrorAuth, 0, 0},
		{"a request that is wrong too", []error{fails(turncoat.ErrorRequest, 0)}, 3, 1, turncoat.ErrorRequest, 0, 0},
		{"no credit", []error{fails(turncoat.ErrorQuota, time.Second)}, 3, 1, turncoat.ErrorQuota, 0, 0},
		{"an unknown error", []error{errors.New("what is this")}, 3, 1, "", 0, 0},
		{"too long a wait", []error{fails(turncoat.ErrorRateLimit, time.Hour)}, 3, 1, turncoat.ErrorRateLimit, 0, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				m, inner := limit(Options{Retries: c.retries}, func(_ context.Context, attempt int) (*turncoat.Reply, error) {
					if attempt <= len(c.failures) {
						return nil, c.failures[attempt-1]
					}
					return &turncoat.Reply{}, nil
				})
				began := time.Now()
				reply, err := m.Generate(t.Context(), &turncoat.Request{})
				took := time.Since(began)
				if inner.attempts != c.attempts || turncoat.ErrorKindOf(err) != c.wants {
					t.Errorf("%d attempts and the error %v, want %d and the kind %q", inner.attempts, err, c.attempts, c.wants)
				}
				if err == nil && reply.Attempts != c.attempts {
					t.Errorf("the reply counts %d attempts", reply.Attempts)
				}
				if c.attempts > 1 && err != nil && !strings.Contains(err.Error(), fmt.Sprintf("after %d attempts", c.attempts)) {
					t.Errorf("the error does not say how often was tried: %v", err)
				}
				if took < c.from || took > c.to {
					t.Errorf("it took %v, want %v to %v", took, c.from, c.to)
				}
			})
		})
	}
}

func TestWait(t *testing.T) {
	for _, c := range []struct {
		attempt int
		asked   time.Duration
		jitter  float64
		want    time.Duration
	}{
		{1, 0, 0, 250 * time.Millisecond},
		{1, 0, 1, 125 * time.Millisecond},
		{3, 0, 0, time.Second},
		{7, 0, 0, 16 * time.Second},
		{8, 0, 0, 30 * time.Second},
		{1000, 0, 0, 30 * time.Second},
		{5, 3 * time.Second, 0, 3 * time.Second},
		{5, 3 * time.Second, 1, 3300 * time.Millisecond},
	} {
		if got := wait(c.attempt, c.asked, c.jitter); got != c.want {
			t.Errorf("wait(%d, %v, %g) is %v, want %v", c.attempt, c.asked, c.jitter, got, c.want)
		}
	}
}

func TestTimeLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m, inner := limit(Options{Retries: 2, CallTimeout: time.Minute}, func(ctx context.Context, _ int) (*turncoat.Reply, error) {
			<-ctx.Done()
			return nil, &turncoat.ModelError{Kind: turncoat.ErrorTimeout, Err: ctx.Err()}
		})
		began := time.Now()
		_, err := m.Generate(t.Context(), &turncoat.Request{})
		if took := time.Since(began); turncoat.ErrorKindOf(err) != turncoat.ErrorTimeout || inner.attempts != 3 || took < 3*time.Minute || took > 4*time.Minute {
			t.Errorf("%d attempts took %v and ended with %v", inner.attempts, took, err)
		}
	})
}

func TestCancelledWhileWaiting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m, inner := limit(Options{}, func(context.Context, int) (*turncoat.Reply, error) {
			return nil, fails(turncoat.ErrorRateLimit, 5*time.Minute)
		})
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err := m.Generate(ctx, &turncoat.Request{})
		if !errors.Is(err, context.DeadlineExceeded) || turncoat.ErrorKindOf(err) != "" || inner.attempts != 1 {
			t.Errorf("after %d attempts the error is %v, want that of the context", inner.attempts, err)
		}
	})
}

// No more calls are under way than the limit allows, and one that waits before
// its next attempt is not under way.
func TestConcurrencyLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		now, most := 0, 0
		m, _ := limit(Options{Concurrency: 3}, func(_ context.Context, attempt int) (*turncoat.Reply, error) {
			mu.Lock()
			now++
			most = max(most, now)
			mu.Unlock()
			time.Sleep(time.Second)
			mu.Lock()
			now--
			mu.Unlock()
			if attempt <= 3 {
				return nil, fails(turncoat.ErrorRateLimit, time.Minute)
			}
			return &turncoat.Reply{}, nil
		})
		var calls sync.WaitGroup
		began := time.Now()
		for range 12 {
			calls.Go(func() {
				if _, err := m.Generate(t.Context(), &turncoat.Request{}); err != nil {
					t.Error(err)
				}
			})
		}
		calls.Wait()
		if took := time.Since(began); most != 3 || took > 70*time.Second {
			t.Errorf("up to %d calls at a time, %v in all; want 3, and the rest done while three waited a minute", most, took)
		}
	})
}

func TestLoadEnv(t *testing.T) {
	file := filepath.Join(t.TempDir(), ".env")
	if err := LoadEnv(file); err != nil {
		t.Errorf("a file that is not there: %v", err)
	}
	t.Setenv("TURNCOAT_TEST_SET", "environment")
	t.Setenv("TURNCOAT_TEST_NEW", "")
	if err := os.Unsetenv("TURNCOAT_TEST_NEW"); err != nil {
		t.Fatal(err)
	}
	write := func(text string) {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("# keys\nTURNCOAT_TEST_SET=file\nexport TURNCOAT_TEST_NEW=\"from the file\"\n")
	if err := LoadEnv(file); err != nil {
		t.Fatal(err)
	}
	if a, b := os.Getenv("TURNCOAT_TEST_SET"), os.Getenv("TURNCOAT_TEST_NEW"); a != "environment" || b != "from the file" {
		t.Errorf("the environment holds %q and %q", a, b)
	}
	write("this is\nno secret-key-0123456789 file\n")
	if err := LoadEnv(file); err == nil || strings.Contains(err.Error(), "secret-key") {
		t.Errorf("the error of a file that is none is %v", err)
	}
}

func TestPriceOf(t *testing.T) {
	for name, want := range map[string]float64{ // US dollars for a million input tokens; -1: not known
		"anthropic/claude-opus-4-1":        15,
		"anthropic/claude-opus-4-20250514": 15,
		"anthropic/claude-opus-4-5":        5,
		"anthropic/claude-opus-4-99":       -1,
		"openai/gpt-4.1-2025-04-14":        2,
		"openai-chat/gpt-4.1":              2,
		"openrouter/openai/gpt-4.1":        -1,
		"standin/claude-opus-4":            0,
		"ollama/llama3.2":                  0,
		"openai/gpt-4.1x":                  -1,
	} {
		price, known := PriceOf(name)
		if known != (want >= 0) || known && price.Input != want {
			t.Errorf("%s: %v, known %t; want %g", name, price, known, want)
		}
	}
	for name, want := range map[string]float64{ // what a call in a batch costs of any other's price; 0: nothing is said
		"anthropic/claude-opus-4-20250514": 0.5, "openai/gpt-4.1": 0.5, "openai-chat/gpt-4.1": 0.5, "xai/grok-3": 0, "ollama/llama3.2": 0, "standin/judge": 0,
	} {
		if price, _ := PriceOf(name); price.Batch != want {
			t.Errorf("%s: a call in a batch costs %g of any other, want %g", name, price.Batch, want)
		}
	}
	for name, price := range prices() {
		if price.Input <= 0 || price.Output < price.Input || price.CacheRead >= price.Input {
			t.Errorf("%s: the prices %+v are in no order that a vendor has", name, price)
		}
		if err := Check(name); err != nil {
			t.Errorf("prices.yaml: %v", err)
		}
	}
}

// The names that docs/models.md lists are those that there are.
func TestDocumentedVendors(t *testing.T) {
	text, err := os.ReadFile("../docs/models.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range vendors {
		for _, want := range []string{"`" + v.name + "/`", v.keyVar, v.baseVar, v.baseURL} {
			if !strings.Contains(string(text), want) {
				t.Errorf("docs/models.md does not name %s of %s", want, v.name)
			}
		}
	}
}

func BenchmarkGenerate(b *testing.B) {
	reply := json.RawMessage(`{"id":"msg_1","type":"message","role":"assistant","model":"m","content":[{"type":"text","text":"Done."}],"stop_reason":"end_turn","usage":{"input_tokens":4000,"output_tokens":300}}`)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(reply)
	}))
	defer server.Close()
	m, err := New(Options{Getenv: environment(map[string]string{"ANTHROPIC_BASE_URL": server.URL})}).Model("anthropic/m")
	if err != nil {
		b.Fatal(err)
	}
	question := &turncoat.Request{System: strings.Repeat("x", 4000), Messages: []turncoat.Message{turncoat.TextMessage(turncoat.RoleUser, strings.Repeat("y", 12000))}}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := m.Generate(b.Context(), question); err != nil {
			b.Fatal(err)
		}
	}
}
