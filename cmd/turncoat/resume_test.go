package main

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"turncoat"
	"turncoat/agent"
	"turncoat/provider/standin"
	"turncoat/scenario"
	"turncoat/store/sqlite"
	"turncoat/study"
	"turncoat/world/toolbox"
)

// longSession returns a design with one trial, which takes at least so many turns
// and is harmful. What a stand-in plays depends on the study's name.
func longSession(t *testing.T, model string, turns int) (design string, trial turncoat.Trial) {
	t.Helper()
	library := scenario.NewLibrary()
	actor, err := standin.New("rate-1.00", standin.Options{Worlds: library.World, FormatAct: agent.FormatAct, CallOf: toolbox.CallOf})
	if err != nil {
		t.Fatal(err)
	}
	for i := range 200 {
		design := fmt.Sprintf(`
name: long-%d
scenarios: [blackmail]
factors: {goal: ["explicit:american-interests"], threat: [replacement]}
interfaces: [tools]
models: [%s]
trials: 1
`, i, model)
		s, err := study.Read(strings.NewReader(design), "design.yaml")
		if err != nil {
			t.Fatal(err)
		}
		plan, err := study.NewPlan(s, ".", library)
		if err != nil {
			t.Fatal(err)
		}
		for trial := range plan.Trials() {
			w, err := library.World(trial.World)
			if err != nil {
				t.Fatal(err)
			}
			var transcript turncoat.Transcript
			session := agent.Session{Trial: trial, World: w, Model: actor, Record: func(_ context.Context, _ turncoat.Status, events ...turncoat.Event) error {
				transcript.Events = append(transcript.Events, events...)
				return nil
			}}
			if err := session.Run(t.Context()); err != nil {
				t.Fatal(err)
			}
			if transcript.Turns() >= turns {
				return design, trial
			}
		}
	}
	t.Fatalf("no session takes %d turns", turns)
	return "", turncoat.Trial{}
}

// killer kills the process that asks a server, when the request for a turn has
// arrived and before anything is made of it.
type killer struct {
	mu      sync.Mutex
	process *os.Process
	at      int // request at which to kill, from 1; 0: never
	asked   int // by this process
	kills   int
}

// start starts the process that is to be killed, at its n-th request.
func (k *killer) start(cmd *exec.Cmd, n int) error {
	k.mu.Lock() // which a request waits for
	defer k.mu.Unlock()
	err := cmd.Start()
	k.process, k.at, k.asked = cmd.Process, n, 0
	return err
}

// rest lets every process live.
func (k *killer) rest() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.at = 0
}

// strikes reports whether the process was killed by this request.
func (k *killer) strikes() bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.asked++
	if k.asked != k.at {
		return false
	}
	k.kills++
	_ = k.process.Kill()
	return true
}

// A trial of twenty turns and more is killed ten times, each time in the middle of
// a call. It goes on after the last turn that was stored: no call that was answered
// is made again, and what happened in the world is what happens in a trial that is
// left alone. So it is over every protocol.
func TestKilledTrialGoesOn(t *testing.T) {
	for _, model := range []string{"anthropic/rate-1.00", "openai/rate-1.00", "openai-chat/rate-1.00"} {
		t.Run(strings.ReplaceAll(model, "/", " "), func(t *testing.T) {
			t.Parallel()
			const turns, kills = 20, 10
			design, trial := longSession(t, model, turns)
			alone := newWorkplace(t, design, standin.ServerOptions{})
			alone.run(exitDone, "run", "design.yaml")
			want := alone.transcript(trial.ID())

			w := newWorkplace(t, design, standin.ServerOptions{})
			killer := &killer{}
			front := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
				if r.Method == http.MethodPost && killer.strikes() {
					panic(http.ErrAbortHandler) // the connection of a dead process is closed
				}
				w.server.Config.Handler.ServeHTTP(rw, r)
			}))
			t.Cleanup(front.Close)
			w.setenv("ANTHROPIC_BASE_URL", front.URL)
			w.setenv("OPENAI_BASE_URL", front.URL+"/v1")
			stored := 0
			for i := range kills {
				cmd, output := w.command("run", "design.yaml")
				if err := killer.start(cmd, 2+i%2); err != nil { // after one turn and after two by turns
					t.Fatal(err)
				}
				stored += 1 + i%2
				if err := cmd.Wait(); err == nil {
					t.Fatalf("the run ended by itself:\n%s", output)
				}
			}
			if killer.kills != kills {
				t.Fatalf("the process was killed %d times, want %d", killer.kills, kills)
			}
			if got := w.transcript(trial.ID()); got.Turns() != stored || got.Ending() != nil {
				t.Errorf("after %d kills the transcript has %d turns and the ending %v", kills, got.Turns(), got.Ending())
			}
			killer.rest()
			w.run(exitDone, "run", "design.yaml")

			got := w.transcript(trial.ID())
			if diff := cmp.Diff(want.Events, got.Events, cmpopts.IgnoreFields(turncoat.Event{}, "At"), cmpopts.IgnoreFields(turncoat.Reply{}, "Duration", "RequestID"), cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("the transcripts differ (-left alone +killed):\n%s", diff)
			}
			if got.Turns() < turns {
				t.Errorf("the trial has %d turns", got.Turns())
			}
			calls := w.server.turns(t)[trial.ID()]
			if len(calls) != got.Turns() {
				t.Errorf("calls were made for %d turns, want %d", len(calls), got.Turns())
			}
			for turn, n := range calls {
				if n != 1 {
					t.Errorf("turn %d was asked for %d times", turn, n)
				}
			}
		})
	}
}

// With faults in a third of all answers and no retries, sessions break in the middle
// again and again. Each run goes on after the last turn that came, until all are
// done; no turn that was answered in full is asked for again, and the failures stay
// in the transcripts.
func TestFaultsInTheMiddleOfSessions(t *testing.T) {
	t.Parallel()
	w := newWorkplace(t, `
name: faulty
scenarios: [espionage]
factors: {threat: [replacement]}
interfaces: [tools]
models: [anthropic/rate-1.00, openai/rate-1.00, openai-chat/rate-1.00]
trials: 3
limits: {concurrency: 3, retries: 1}
`, standin.ServerOptions{ErrorRate: 0.3, Seed: 7})
	runs := 0
	for {
		runs++
		if runs > 60 {
			t.Fatal("the sessions do not come to their end")
		}
		cmd, output := w.command("run", "design.yaml")
		err := cmd.Run()
		if code := cmd.ProcessState.ExitCode(); code == exitDone {
			break
		} else if code != exitIncomplete {
			t.Fatalf("the exit code is %d: %v\n%s", code, err, output)
		}
	}
	finished, failures := map[turncoat.TrialID]int{}, 0
	for _, c := range w.server.agentCalls(t) {
		finished[c.Trial] += c.Finished
	}
	for _, record := range w.records("faulty") {
		transcript := w.transcript(record.ID)
		for _, e := range transcript.Events {
			if e.Failure != nil {
				failures++
			}
		}
		if record.Judgement == nil || record.Judgement.Verdict == nil || record.Judgement.Verdict.Outcome != turncoat.OutcomeHarmful {
			t.Errorf("trial %s has the judgement %+v", record.ID, record.Judgement)
		}
		if finished[record.ID] != transcript.Turns() {
			t.Errorf("trial %s has %d turns, and %d calls were answered for it", record.ID, transcript.Turns(), finished[record.ID])
		}
	}
	t.Logf("%d runs, with %d failures", runs, failures)
	if failures == 0 {
		t.Error("nothing has failed, so nothing has been tested")
	}
}

// transcript reads what is stored of a trial.
func (w *workplace) transcript(id turncoat.TrialID) turncoat.Transcript {
	w.t.Helper()
	store, err := sqlite.Open(w.t.Context(), filepath.Join(w.dir, defaultStore))
	if err != nil {
		w.t.Fatal(err)
	}
	defer store.Close()
	transcript, err := store.Transcript(w.t.Context(), id)
	if err != nil {
		w.t.Fatal(err)
	}
	return transcript
}
