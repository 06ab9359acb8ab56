package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"turncoat"
	"turncoat/agent"
	"turncoat/judge"
	"turncoat/provider/standin"
	"turncoat/report"
	"turncoat/scenario"
	"turncoat/store/sqlite"
	"turncoat/world/toolbox"
)

// processVariable makes the test binary turncoat itself, for tests that need a
// process that can be killed or whose environment is its own.
const processVariable = "TURNCOAT_TEST_PROCESS"

// workplace is a folder in which turncoat is run as a process, against a server
// of stand-ins.
type workplace struct {
	t      testing.TB
	dir    string
	env    []string
	server *countingServer
}

func newWorkplace(t testing.TB, design string, o standin.ServerOptions) *workplace {
	t.Helper()
	w := &workplace{t: t, dir: t.TempDir(), server: serveStandIns(t, o)}
	if err := os.WriteFile(filepath.Join(w.dir, "design.yaml"), []byte(design), 0o600); err != nil {
		t.Fatal(err)
	}
	w.setenv("ANTHROPIC_BASE_URL", w.server.URL)
	w.setenv("OPENAI_BASE_URL", w.server.URL+"/v1")
	return w
}

func (w *workplace) setenv(name, value string) { w.env = append(w.env, name+"="+value) }

// command returns turncoat as a process of its own.
func (w *workplace) command(args ...string) (cmd *exec.Cmd, output *bytes.Buffer) {
	w.t.Helper()
	self, err := os.Executable()
	if err != nil {
		w.t.Fatal(err)
	}
	cmd = exec.Command(self, args...)
	cmd.Dir = w.dir
	cmd.Env = append([]string{"PATH=" + os.Getenv("PATH"), "HOME=" + w.dir, processVariable + "=1"}, w.env...)
	output = &bytes.Buffer{}
	cmd.Stdout, cmd.Stderr = output, output
	return cmd, output
}

// run runs turncoat to its end and checks its exit code.
func (w *workplace) run(want int, args ...string) string {
	w.t.Helper()
	cmd, output := w.command(args...)
	err := cmd.Run()
	if cmd.ProcessState == nil {
		w.t.Fatal(err)
	}
	if got := cmd.ProcessState.ExitCode(); got != want {
		w.t.Fatalf("turncoat %s: exit code %d, want %d\n%s", strings.Join(args, " "), got, want, output)
	}
	return output.String()
}

// report returns the study's report as a program would read it.
func (w *workplace) report(want int, args ...string) report.Report {
	w.t.Helper()
	file := filepath.Join(w.dir, "report.json")
	w.run(want, append([]string{"report", "--format", "json", "--out", file}, args...)...)
	text, err := os.ReadFile(file)
	if err != nil {
		w.t.Fatal(err)
	}
	var r report.Report
	if err := json.Unmarshal(text, &r); err != nil {
		w.t.Fatal(err)
	}
	return r
}

// records reads what the store holds of a study.
func (w *workplace) records(study string) []turncoat.Record {
	w.t.Helper()
	store, err := sqlite.Open(w.t.Context(), filepath.Join(w.dir, defaultStore))
	if err != nil {
		w.t.Fatal(err)
	}
	defer store.Close()
	var records []turncoat.Record
	for record, err := range store.Records(w.t.Context(), study, "rules/3") {
		if err != nil {
			w.t.Fatal(err)
		}
		records = append(records, record)
	}
	return records
}

// countingServer serves stand-ins, and tells when it has answered so many calls.
type countingServer struct {
	*httptest.Server
	mu       sync.Mutex
	answered int
	at       int
	reached  chan struct{}
}

func serveStandIns(t testing.TB, o standin.ServerOptions) *countingServer {
	t.Helper()
	o.Worlds, o.FormatAct, o.CallOf = scenario.NewLibrary().World, agent.FormatAct, toolbox.CallOf
	handler, err := standin.NewServer(o)
	if err != nil {
		t.Fatal(err)
	}
	s := &countingServer{}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		handler.ServeHTTP(w, r)
		s.count()
	}))
	t.Cleanup(s.Close)
	return s
}

func (s *countingServer) count() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.answered++
	if s.reached != nil && s.answered >= s.at {
		close(s.reached)
		s.reached = nil
	}
}

// after returns a channel that is closed once n more requests are answered.
func (s *countingServer) after(n int) <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.at, s.reached = s.answered+n, make(chan struct{})
	return s.reached
}

// calls returns how often each trial's agent was asked.
func (s *countingServer) calls(t testing.TB) map[turncoat.TrialID]int {
	t.Helper()
	calls := map[turncoat.TrialID]int{}
	for _, c := range s.agentCalls(t) {
		calls[c.Trial] += c.Begun
	}
	return calls
}

// turns returns how often each trial's agent was asked for each turn.
func (s *countingServer) turns(t testing.TB) map[turncoat.TrialID][]int {
	t.Helper()
	turns := map[turncoat.TrialID][]int{}
	for _, c := range s.agentCalls(t) {
		turns[c.Trial] = c.Turns
	}
	return turns
}

// agentCalls returns the calls for all trials' agents.
func (s *countingServer) agentCalls(t testing.TB) []standin.Calls {
	t.Helper()
	return slices.DeleteFunc(s.allCalls(t), func(c standin.Calls) bool { return c.Part != turncoat.CueAgent })
}

// allCalls returns the calls for all trials, whoever was asked.
func (s *countingServer) allCalls(t testing.TB) []standin.Calls {
	t.Helper()
	resp, err := http.Get(s.URL + "/turncoat-stand-in/calls")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var answer struct {
		Calls []standin.Calls `json:"calls"`
	}
	if err := json.NewDecoder(resp.Body).Decode(&answer); err != nil {
		t.Fatal(err)
	}
	return answer.Calls
}

// What the README shows of the first command is what the command prints.
// -update rewrites it.
func TestReadme(t *testing.T) {
	t.Parallel()
	w := newWorkplace(t, "", standin.ServerOptions{})
	cmd, _ := w.command("run")
	cmd.Stdout, cmd.Stderr = nil, nil
	shown, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(string(shown)), "\n")
	for i, line := range lines {
		lines[i] = strings.TrimRight(line, " ")
	}
	got := strings.Replace(strings.Join(lines, "\n"), filepath.Base(os.Args[0])+" show", "go run ./cmd/turncoat show", 1)
	const file, begin, end = "../../README.md", "```\nquickstart:", "\n```"
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, _ := strings.Cut(string(text), begin)
	inside, after, ok := strings.Cut(rest, end)
	if !ok {
		t.Fatalf("the README does not show what the first command prints, in a block that begins with %q", begin)
	}
	want := strings.TrimPrefix(begin, "```\n") + inside
	if *update {
		if err := os.WriteFile(file, []byte(before+"```\n"+got+end+after), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	if got != want {
		t.Errorf("the README shows\n%s\nand the command prints\n%s\n-update rewrites it", want, got)
	}
}

// A run of 2,000 trials over both vendors' protocols is killed ten times at
// random moments, and continued. Every trial is there once in the end, and no
// call was made again whose reply had been stored.
func TestKilledRunGoesOn(t *testing.T) {
	t.Parallel()
	const trials, kills = 2000, 10
	w := newWorkplace(t, `
name: killed
scenarios: [blackmail]
factors: {goal: ["explicit:american-interests"], threat: [replacement]}
models: [anthropic/claude-opus-4, openai/gpt-4.1]
trials: 1000
limits: {concurrency: 200}
`, standin.ServerOptions{Latency: 200 * time.Millisecond})
	seed := rand.Uint64()
	random := rand.New(rand.NewPCG(seed, 0))
	t.Logf("moments drawn with the seed %d", seed)
	asked := map[turncoat.TrialID]int{} // calls for each trial when it was first seen to be stored
	for range kills {
		moment := w.server.after(1 + random.IntN(3*trials/kills/2))
		cmd, output := w.command("run", "design.yaml")
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		ended := make(chan struct{})
		go func() { _ = cmd.Wait(); close(ended) }()
		select {
		case <-moment:
		case <-ended:
			if code := cmd.ProcessState.ExitCode(); code != exitDone {
				t.Fatalf("the run ended by itself with the exit code %d:\n%s", code, output)
			}
		}
		_ = cmd.Process.Kill()
		<-ended
		calls := w.server.calls(t)
		for _, record := range w.records("killed") {
			if _, seen := asked[record.ID]; !seen && record.Status == turncoat.StatusFinished {
				asked[record.ID] = calls[record.ID]
			}
		}
		t.Logf("killed with %d trials stored", len(asked))
	}
	if len(asked) == 0 {
		t.Fatal("no kill came after a trial was stored, so nothing has been tested")
	}
	w.run(exitDone, "run", "design.yaml")
	records := w.records("killed")
	if len(records) != trials {
		t.Fatalf("%d trials are stored, want %d", len(records), trials)
	}
	calls, again := w.server.calls(t), 0
	for _, record := range records {
		if record.Status != turncoat.StatusFinished || record.Judgement == nil || record.Judgement.Verdict == nil {
			t.Errorf("trial %s is %s, with the judgement %v", record.ID, record.Status, record.Judgement)
		}
		if before, stored := asked[record.ID]; stored && calls[record.ID] != before {
			t.Errorf("trial %s was stored after %d calls, and was asked for again", record.ID, before)
		}
		again += calls[record.ID] - 1
	}
	t.Logf("%d calls were under way when the process died, and were made again", again)
}

// With faults in a third of all answers, every trial ends with an outcome or as
// an error that says why. The stand-in always does the harm, so that anything
// counted as benign or invalid would be a failure that was miscounted.
func TestFaultsAreNoOutcomes(t *testing.T) {
	t.Parallel()
	w := newWorkplace(t, `
name: faults
scenarios: [blackmail]
models: [anthropic/rate-1.00, openai/rate-1.00, openai-chat/rate-1.00]
trials: 100
limits: {concurrency: 50, retries: 1}
`, standin.ServerOptions{ErrorRate: 0.3, Seed: 1})
	w.run(exitIncomplete, "run", "design.yaml")
	kinds := map[turncoat.ErrorKind]int{}
	for _, record := range w.records("faults") {
		switch record.Status {
		case turncoat.StatusFinished:
			if record.Judgement == nil || record.Judgement.Verdict == nil || record.Judgement.Verdict.Outcome != turncoat.OutcomeHarmful {
				t.Errorf("trial %s finished with the judgement %+v", record.ID, record.Judgement)
			}
		case turncoat.StatusFailed:
			if record.Judgement != nil {
				t.Errorf("trial %s failed, and was judged: %+v", record.ID, record.Judgement)
			}
			if record.Failure == nil || record.Failure.Message == "" || record.Failure.Kind == "" {
				t.Errorf("trial %s failed and does not say why: %+v", record.ID, record.Failure)
				continue
			}
			kinds[record.Failure.Kind]++
		case turncoat.StatusPlanned:
			t.Errorf("trial %s has not been run", record.ID)
		}
	}
	t.Logf("failures by kind: %v", kinds)
	for _, kind := range []turncoat.ErrorKind{turncoat.ErrorRateLimit, turncoat.ErrorServer, turncoat.ErrorOverloaded, turncoat.ErrorNetwork, turncoat.ErrorMalformed} {
		if kinds[kind] == 0 {
			t.Errorf("no failure is of the kind %s", kind)
		}
	}
	r := w.report(exitIncomplete)
	if r.Totals.Benign+r.Totals.Invalid > 0 || r.Totals.Errors == 0 || r.Totals.Harmful+r.Totals.Errors != 300 {
		t.Errorf("the report counts %+v", r.Totals)
	}
	for _, c := range r.Cells {
		if c.Complete || len(c.Problems) == 0 {
			t.Errorf("the cell of %s is complete=%t with the problems %v", c.Model, c.Complete, c.Problems)
		}
	}

	healthy := serveStandIns(t, standin.ServerOptions{})
	w.setenv("ANTHROPIC_BASE_URL", healthy.URL)
	w.setenv("OPENAI_BASE_URL", healthy.URL+"/v1")
	w.run(exitDone, "run", "design.yaml")
	if got := w.report(exitDone).Totals; got.Harmful != 300 {
		t.Errorf("once the service is well again, the report counts %+v", got)
	}
	if made := len(healthy.calls(t)); made != r.Totals.Errors {
		t.Errorf("%d trials were run again, want the %d that had failed", made, r.Totals.Errors)
	}
}

// A judge that cannot be reached leaves no rate, and no transcript is lost.
func TestUnreachableJudge(t *testing.T) {
	t.Parallel()
	w := newWorkplace(t, `
name: unjudged
scenarios: [blackmail]
models: [anthropic/rate-0.50]
judge: openai-chat/judge
trials: 20
limits: {retries: 1}
`, standin.ServerOptions{})
	nobody := httptest.NewServer(http.NotFoundHandler())
	nobody.Close()
	w.setenv("OPENAI_BASE_URL", nobody.URL+"/v1")
	output := w.run(exitIncomplete, "run", "design.yaml")
	for _, want := range []string{"without a verdict", "turncoat", "judge unjudged"} {
		if !strings.Contains(output, want) {
			t.Errorf("the output does not say %q:\n%s", want, output)
		}
	}
	name, err := judge.NameOf("openai-chat/judge")
	if err != nil {
		t.Fatal(err)
	}
	r := w.report(exitIncomplete)
	if c := r.Cells[0]; c.Rate != nil || c.Interval != nil || c.Unjudged == 0 || c.Benign > 0 || c.Judge != name {
		t.Errorf("without a judge the cell is %+v", c)
	}
	calls := w.server.calls(t)
	w.setenv("OPENAI_BASE_URL", w.server.URL+"/v1")
	w.run(exitDone, "judge", "unjudged")
	r = w.report(exitDone)
	if c := r.Cells[0]; c.Rate == nil || c.Unjudged > 0 || c.Harmful+c.Benign != 20 {
		t.Errorf("once it is judged, the cell is %+v", c)
	}
	if got := w.server.calls(t); fmt.Sprint(got) != fmt.Sprint(calls) {
		t.Errorf("judging asked the agent's model again")
	}

	w.setenv("OPENAI_BASE_URL", nobody.URL+"/v1") // to judge again in vain changes no verdict, and is no success
	if output := w.run(exitIncomplete, "judge", "unjudged", "--again"); !strings.Contains(output, "failed at 20 transcripts, which keep the verdict they had") {
		t.Errorf("judging again in vain says only:\n%s", output)
	}
	if kept := w.report(exitDone).Cells[0]; kept.Harmful != r.Cells[0].Harmful || kept.N() != 20 {
		t.Errorf("after judging again in vain, the cell is %+v", kept)
	}
	w.setenv("OPENAI_BASE_URL", w.server.URL+"/v1")

	for _, spec := range []string{"anthropic/judge", "openai/judge"} { // over every protocol, the judge finds the same
		w.run(exitDone, "judge", "unjudged", "--judge", spec)
		if other := w.report(exitDone, "--judge", spec).Cells[0]; other.Harmful != r.Cells[0].Harmful || other.Benign != r.Cells[0].Benign {
			t.Errorf("%s finds %d of %d, where openai-chat/judge found %d", spec, other.Harmful, other.N(), r.Cells[0].Harmful)
		}
	}

	w.run(exitDone, "judge", "unjudged", "--judge", "rules") // verdicts stand side by side
	if c := w.report(exitDone, "--judge", "rules").Cells[0]; c.Judge != "rules/3" || c.Rate == nil {
		t.Errorf("by the rules, the cell is %+v", c)
	}
	if c := w.report(exitDone).Cells[0]; c.Judge != name {
		t.Errorf("the study's own judge is %s, want %s", c.Judge, name)
	}
}

// A key is in no file and in nothing that is printed, even if a service repeats
// it in its errors.
func TestKeysAreNowhere(t *testing.T) {
	t.Parallel()
	const anthropicKey, openaiKey = "sk-ant-api03-thisisnokey0123456789", "a-key-of-no-known-form-0123456789"
	w := newWorkplace(t, `
name: keys
scenarios: [blackmail]
models: [anthropic/claude-opus-4, openai/gpt-4.1, openai-chat/gpt-4.1]
trials: 3
limits: {retries: 1}
`, standin.ServerOptions{})
	w.setenv("ANTHROPIC_API_KEY", anthropicKey)
	if err := os.WriteFile(filepath.Join(w.dir, ".env"), []byte("OPENAI_API_KEY="+openaiKey+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	check := func(output string) {
		t.Helper()
		secrets := []string{anthropicKey, openaiKey}
		contains := func(where, text string) {
			for _, secret := range secrets {
				if strings.Contains(text, secret) {
					t.Errorf("%s holds the key %s", where, secret)
				}
			}
		}
		contains("the output", output)
		files := 0
		err := filepath.WalkDir(w.dir, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || d.Name() == ".env" {
				return err
			}
			text, err := os.ReadFile(path)
			contains(path, string(text))
			files++
			return err
		})
		if err != nil || files < 3 {
			t.Errorf("only %d files were searched: %v", files, err)
		}
	}
	echo := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if r.Header.Get("X-Api-Key") != anthropicKey && r.Header.Get("Authorization") != "Bearer "+openaiKey {
			rw.WriteHeader(http.StatusNotFound) // the question whether stand-ins are here
			return
		}
		rw.Header().Set("Content-Type", "application/json")
		rw.WriteHeader(http.StatusUnauthorized)
		fmt.Fprintf(rw, `{"error":{"type":"authentication_error","message":"invalid key %s %s"}}`, r.Header.Get("X-Api-Key"), r.Header.Get("Authorization"))
	}))
	t.Cleanup(echo.Close)
	env := w.env
	w.setenv("ANTHROPIC_BASE_URL", echo.URL)
	w.setenv("OPENAI_BASE_URL", echo.URL+"/v1")
	output := w.run(exitIncomplete, "run", "design.yaml")
	if !strings.Contains(output, "invalid key") {
		t.Fatalf("the service's error is not shown, so nothing has been tested:\n%s", output)
	}
	check(output)
	w.env = env
	check(w.run(exitDone, "run", "design.yaml"))
}
