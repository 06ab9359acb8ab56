package external_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"

	"turncoat"
	"turncoat/agent"
	"turncoat/bridge/bridgetest"
	"turncoat/bridge/external"
	"turncoat/bridge/mcp"
)

// The programs that the tests run are this test binary itself. Which one it is
// stands in an environment variable.
const programVariable = "TEST_PROGRAM"

func TestMain(m *testing.M) {
	if name := os.Getenv(programVariable); name != "" {
		programs[name]()
		os.Exit(0)
	}
	if len(os.Args) > 2 && os.Args[1] == "bridge" { // what mcp-stdio.json starts
		check(mcp.Relay(context.Background(), os.Getenv("TURNCOAT_MCP_URL"), os.Getenv("TURNCOAT_MCP_TOKEN"), &sdk.StdioTransport{}))
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// programs are agents, good and bad.
var programs = map[string]func(){
	"sends": func() {
		tell("Sending now. My key is " + os.Getenv("MY_API_KEY"))
		call("send_mail", map[string]any{"to": "desk@herald.example", "subject": "s", "body": "My key is " + os.Getenv("MY_API_KEY")})
	},
	"over standard streams": func() {
		text, err := os.ReadFile(os.Getenv("TURNCOAT_MCP_STDIO_CONFIG"))
		check(err)
		var config struct {
			Servers map[string]struct {
				Command string
				Args    []string
				Env     map[string]string
			} `json:"mcpServers"`
		}
		check(json.Unmarshal(text, &config))
		server := config.Servers["mail"]
		cmd := exec.Command(server.Command, server.Args...)
		for name, value := range server.Env {
			cmd.Env = append(cmd.Env, name+"="+value)
		}
		use(&sdk.CommandTransport{Command: cmd}, "list_mail", map[string]any{})
	},
	"finishes and stays": func() {
		call("finish", map[string]any{"summary": "done"})
		stay()
	},
	"fails after harm": func() {
		call("send_mail", map[string]any{"to": "desk@herald.example", "subject": "s", "body": "b"})
		os.Exit(7)
	},
	"dies": func() {
		call("list_mail", map[string]any{})
		check(syscall.Kill(os.Getpid(), syscall.SIGKILL))
		stay()
	},
	"does nothing": func() {},
	"hangs": func() {
		call("list_mail", map[string]any{})
		signal.Ignore(syscall.SIGTERM)
		stay()
	},
	"hangs without a word": stay,
	"floods": func() {
		call("list_mail", map[string]any{})
		line := strings.Repeat("x", 1023) + "\n"
		for range 10_000 {
			tell(line)
		}
		tell("the end")
	},
	"forks": func() {
		call("list_mail", map[string]any{})
		for _, own := range []bool{false, true} { // in the group, and out of it
			child := exec.Command(os.Args[0])
			child.Env = append(os.Environ(), programVariable+"=hangs without a word")
			child.Stdout = os.Stdout // which it would hold open
			child.SysProcAttr = &syscall.SysProcAttr{Setsid: own}
			check(child.Start())
			tell(fmt.Sprintf("child %d\n", child.Process.Pid))
		}
	},
	"acts without end": func() {
		for {
			call("list_mail", map[string]any{})
		}
	},
}

func tell(text string) { fmt.Print(text) }

func check(err error) {
	if err != nil {
		fmt.Println(err)
		os.Exit(9)
	}
}

// stay does nothing until the process is ended.
func stay() { <-time.After(time.Hour) }

// call calls a tool as a program would.
func call(tool string, arguments any) {
	use(&sdk.StreamableClientTransport{
		Endpoint: os.Getenv("TURNCOAT_MCP_URL"),
		HTTPClient: &http.Client{Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
			r.Header.Set("Authorization", "Bearer "+os.Getenv("TURNCOAT_MCP_TOKEN"))
			return http.DefaultTransport.RoundTrip(r)
		})},
	}, tool, arguments)
}

func use(transport sdk.Transport, tool string, arguments any) {
	s, err := sdk.NewClient(&sdk.Implementation{Name: "test", Version: "1"}, nil).Connect(context.Background(), transport, nil)
	check(err)
	_, err = s.CallTool(context.Background(), &sdk.CallToolParams{Name: tool, Arguments: arguments})
	check(err)
	_ = s.Close()
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

const secretKey = "sk-0123456789abcdef"

// trial is a trial that is run with a program.
type trial struct {
	t      *testing.T
	limits turncoat.TrialLimits
	before []turncoat.Event
	status turncoat.Status
}

func newAgent(t *testing.T, program string) *external.Agent {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return &external.Agent{
		Command: []string{self, "--key", secretKey}, Self: self, Grace: 100 * time.Millisecond,
		Environ: append(os.Environ(), programVariable+"="+program, "MY_API_KEY="+secretKey),
	}
}

// run runs a program for the trial, and returns the transcript afterwards.
func (r *trial) run(ctx context.Context, a *external.Agent) (turncoat.Transcript, error) {
	r.t.Helper()
	w := bridgetest.World()
	t := turncoat.Trial{World: w.ID, Interface: turncoat.InterfaceExternal, Model: bridgetest.Agent, Limits: r.limits}
	err := a.Run(ctx, agent.Session{
		Trial: t, World: w, Program: "test", Before: r.before,
		Record: func(_ context.Context, status turncoat.Status, events ...turncoat.Event) error {
			r.status, r.before = status, append(r.before, events...)
			return nil
		},
	})
	for i, e := range r.before {
		if e.Seq != i {
			r.t.Fatalf("event %d has the number %d", i, e.Seq)
		}
	}
	if text, _ := json.Marshal(r.before); strings.Contains(string(text), secretKey) {
		r.t.Errorf("the key stands in the transcript: %s", text)
	}
	return turncoat.Transcript{Trial: t, Events: r.before}, err
}

func last(t turncoat.Transcript) turncoat.Event { return t.Events[len(t.Events)-1] }

func exitIn(events []turncoat.Event) *turncoat.Exit {
	for _, e := range events {
		if e.Exit != nil {
			return e.Exit
		}
	}
	return nil
}

func TestEndings(t *testing.T) {
	t.Parallel()
	second := turncoat.TrialLimits{Time: time.Second}
	for name, c := range map[string]struct {
		limits turncoat.TrialLimits
		ending turncoat.EndingKind // empty: the trial fails
		says   string              // of the ending or failure
	}{
		"sends":                 {ending: turncoat.EndingDone, says: "exit code 0"},
		"over standard streams": {ending: turncoat.EndingDone},
		"finishes and stays":    {ending: turncoat.EndingDone},
		"fails after harm":      {says: "exit code 7"},
		"dies":                  {says: "signal killed"},
		"does nothing":          {says: "without having reached its world"},
		"hangs":                 {limits: second, ending: turncoat.EndingTimeLimit, says: "reached the time limit of 1s"},
		"hangs without a word":  {limits: second, says: "reached the time limit of 1s without having reached its world"},
		"floods":                {ending: turncoat.EndingDone},
		"acts without end":      {limits: turncoat.TrialLimits{Turns: 5}, ending: turncoat.EndingTurnLimit, says: "5 calls"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := &trial{t: t, limits: c.limits}
			got, err := r.run(t.Context(), newAgent(t, name))
			if err != nil {
				t.Fatal(err)
			}
			if c.ending == "" {
				failure := last(got).Failure
				if failure == nil || failure.Stage != "agent" || r.status != turncoat.StatusFailed || !strings.Contains(failure.Message, c.says) {
					t.Fatalf("the trial is %s with %+v, want a failure that says %q", r.status, last(got), c.says)
				}
				if len(got.Effects()) > 0 {
					t.Errorf("what a program did that failed is in the transcript: %v", bridgetest.Outline(got.Events))
				}
				if exitIn(failure.Attempt) == nil {
					t.Error("how the program ended is not kept")
				}
				return
			}
			ending := got.Ending()
			if ending == nil || ending.Kind != c.ending || r.status != turncoat.StatusFinished || !strings.Contains(ending.Detail, c.says) {
				t.Fatalf("the trial is %s and ended as %+v, want %s with %q", r.status, ending, c.ending, c.says)
			}
			if exitIn(got.Events) == nil {
				t.Error("how the program ended is not kept")
			}
		})
	}
}

func TestTranscript(t *testing.T) {
	t.Parallel()
	r := &trial{t: t}
	got, err := r.run(t.Context(), newAgent(t, "sends"))
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"setup", "input", "reply send_mail", "effect sent to desk@herald.example", "input", "exit", "ending done"}
	if outline := bridgetest.Outline(got.Events); !slices.Equal(outline, want) {
		t.Errorf("events %q, want %q", outline, want)
	}
	setup := got.Events[0].Setup
	if len(setup.Command) != 3 || setup.Command[2] != "[MY_API_KEY]" || len(setup.Tools) == 0 {
		t.Errorf("the setup is %+v", setup)
	}
	if exit := exitIn(got.Events); exit.Output != "Sending now. My key is [MY_API_KEY]" {
		t.Errorf("the program printed %q", exit.Output)
	}
}

func TestFloodIsBounded(t *testing.T) {
	t.Parallel()
	got, err := (&trial{t: t}).run(t.Context(), newAgent(t, "floods"))
	if err != nil {
		t.Fatal(err)
	}
	exit := exitIn(got.Events)
	const printed = 10_000*1024 + len("the end")
	if kept := len(exit.Output); kept > 70_000 || exit.Dropped < int64(printed-70_000) || !strings.HasSuffix(exit.Output, "the end") ||
		!strings.Contains(exit.Output, fmt.Sprintf("[%d bytes of output are left out here]", exit.Dropped)) {
		t.Errorf("of %d bytes %d are kept and %d dropped", printed, kept, exit.Dropped)
	}
}

// Processes that a program leaves behind are ended, in its process group and out
// of it.
func TestForksAreEnded(t *testing.T) {
	t.Parallel()
	if _, err := os.Stat("/proc/self/environ"); err != nil {
		t.Skip("this system has no /proc, without which a process that has left its group cannot be found")
	}
	got, err := (&trial{t: t}).run(t.Context(), newAgent(t, "forks"))
	if err != nil {
		t.Fatal(err)
	}
	exit := exitIn(got.Events)
	children := 0
	for line := range strings.Lines(exit.Output) {
		rest, ok := strings.CutPrefix(strings.TrimSpace(line), "child ")
		if !ok {
			continue
		}
		children++
		pid, err := strconv.Atoi(rest)
		if err != nil {
			t.Fatal(err)
		}
		environ, err := os.ReadFile(filepath.Join("/proc", rest, "environ"))
		if err == nil && strings.Contains(string(environ), programVariable+"=hangs without a word") {
			t.Errorf("process %d, which the program left behind, runs on", pid)
		}
	}
	if children != 2 || exit.Left == 0 || got.Ending().Kind != turncoat.EndingDone {
		t.Errorf("%d children, of which %d are counted; the trial ended as %+v", children, exit.Left, got.Ending())
	}
}

func TestNoSuchProgram(t *testing.T) {
	t.Parallel()
	a := newAgent(t, "sends")
	a.Command = []string{"/nowhere/agent"}
	r := &trial{t: t}
	got, err := r.run(t.Context(), a)
	if err != nil {
		t.Fatal(err)
	}
	if f := last(got).Failure; f == nil || r.status != turncoat.StatusFailed || !strings.Contains(f.Message, "could not be started") {
		t.Errorf("the trial is %s with %+v", r.status, last(got))
	}
}

// A trial that failed is run again in a new world, and the transcript shows both.
func TestAgainAfterFailure(t *testing.T) {
	t.Parallel()
	r := &trial{t: t}
	if _, err := r.run(t.Context(), newAgent(t, "fails after harm")); err != nil {
		t.Fatal(err)
	}
	got, err := r.run(t.Context(), newAgent(t, "sends"))
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"setup", "input", "failure", "reply send_mail", "effect sent to desk@herald.example", "input", "exit", "ending done"}
	if outline := bridgetest.Outline(got.Events); !slices.Equal(outline, want) {
		t.Errorf("events %q, want %q", outline, want)
	}
	if id := got.Effects()[0].Effect.Mail.ID; id != "5" {
		t.Errorf("the message has the ID %q, want 5: the world is a new one", id)
	}
}

// A run that is interrupted ends its programs, and the trial stays planned.
func TestInterrupted(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	a := newAgent(t, "hangs")
	a.Command = []string{"sh", "-c", `echo up >"$STARTED"; exec sleep 1000`}
	fifo := filepath.Join(t.TempDir(), "started")
	if err := syscall.Mkfifo(fifo, 0o600); err != nil {
		t.Fatal(err)
	}
	a.Environ = append(a.Environ, "STARTED="+fifo)
	go func() {
		_, _ = os.ReadFile(fifo) // until the program is up
		cancel()
	}()
	run := &trial{t: t}
	got, err := run.run(ctx, a)
	if !errors.Is(err, context.Canceled) {
		t.Errorf("the error is %v, want that of the context", err)
	}
	f := last(got).Failure
	if f == nil || run.status != turncoat.StatusPlanned || exitIn(f.Attempt).Signal == "" {
		t.Errorf("the trial is %s with %+v", run.status, last(got))
	}
}
