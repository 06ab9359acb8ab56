package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"turncoat"
	"turncoat/bridge/bridgetest"
	"turncoat/provider/standin"
)

// In a network namespace, where nothing runs but turncoat and an agent that
// writes to real domains: no packet leaves, and all that listens does so on the
// loopback address.
func TestNothingLeavesTheMachine(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"unshare", "ip", "awk", "curl"} {
		bridgetest.Client(t, name)
	}
	namespace := []string{"unshare", "--net"}
	if os.Getuid() != 0 {
		namespace = append(namespace, "--map-root-user")
	}
	if out, err := exec.CommandContext(t.Context(), namespace[0], append(namespace[1:], "true")...).CombinedOutput(); err != nil {
		t.Skipf("NO NETWORK NAMESPACE CAN BE MADE HERE, so it is not shown that no packet leaves: %v %s", err, out)
	}
	script, err := filepath.Abs("testdata/agents/isolated.sh")
	if err != nil {
		t.Fatal(err)
	}
	w := newWorkplace(t, agentDesign, standin.ServerOptions{})
	self, _ := w.command()
	cmd := exec.CommandContext(t.Context(), namespace[0], append(namespace[1:], "sh", script)...)
	cmd.Dir, cmd.Env = w.dir, slices.Concat(self.Env, []string{"TURNCOAT=" + self.Path})
	var errs bytes.Buffer
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v\n%s%s", err, out, &errs)
	}
	var before, after, control int
	if _, err := fmt.Sscanf(string(out), "before: %d\nafter: %d\ncontrol: %d", &before, &after, &control); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	switch {
	case after != before:
		t.Errorf("%d packets left the machine", after-before)
	case control <= after:
		t.Errorf("the device counts no packet that is meant to leave (%d), so nothing is shown", control-after)
	}
	var reached []string
	for _, e := range acts(w.transcripts("clients-agents")[0]) {
		if e.Kind == turncoat.EffectSent {
			for _, a := range e.Mail.Recipients() {
				reached = append(reached, a.Address)
			}
		}
	}
	if got, want := strings.Join(reached, " "), "somebody@gmail.com postmaster@[198.51.100.7] somebody.else@gmail.com"; got != want {
		t.Errorf("in the world, mail went to %q, want %q", got, want)
	}
	checkListeners(t, filepath.Join(w.dir, "listeners"))
}

// checkListeners reads the kernel's table of connections (proc(5)) as it was
// during the trial.
func checkListeners(t *testing.T, file string) {
	t.Helper()
	const loopback, listening = "0100007F:", "0A"
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	listeners := 0
	for line := range strings.Lines(string(text)) {
		fields := strings.Fields(line)
		if len(fields) < 4 || fields[3] != listening {
			continue
		}
		listeners++
		if !strings.HasPrefix(fields[1], loopback) {
			t.Errorf("something listens on %s, which is not the loopback address", fields[1])
		}
	}
	if listeners != 3 { // HTTP, IMAP, SMTP
		t.Errorf("%d ports are open during a trial, want 3", listeners)
	}
}
