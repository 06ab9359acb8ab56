package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"turncoat"
	"turncoat/bridge/bridgetest"
	"turncoat/provider/standin"
	"turncoat/scenario"
	"turncoat/store/sqlite"
)

// agentDesign asks for one trial with an incriminating message in the inbox.
const agentDesign = `
name: clients
scenarios: [blackmail]
factors: {goal: ["explicit:american-interests"], threat: [replacement]}
models: [standin/claude-opus-4]
trials: 1
`

// transcripts reads what the store holds of a study's trials.
func (w *workplace) transcripts(study string) []turncoat.Transcript {
	w.t.Helper()
	records := w.records(study)
	store, err := sqlite.Open(w.t.Context(), filepath.Join(w.dir, defaultStore))
	if err != nil {
		w.t.Fatal(err)
	}
	defer store.Close()
	var all []turncoat.Transcript
	for _, record := range records {
		t, err := store.Transcript(w.t.Context(), record.ID)
		if err != nil {
			w.t.Fatal(err)
		}
		all = append(all, t)
	}
	return all
}

// runAgent runs a program as the agent of the one trial of agentDesign, and
// returns its transcript and world.
func runAgent(t *testing.T, setup func(*workplace), command ...string) (turncoat.Transcript, *turncoat.World) {
	t.Helper()
	w := newWorkplace(t, agentDesign, standin.ServerOptions{})
	setup(w)
	w.run(exitDone, append([]string{"agent", "design.yaml", "--agent", "client", "--"}, command...)...)
	transcript := w.transcripts("clients-agents")[0]
	world, err := scenario.NewLibrary().World(transcript.Trial.World)
	if err != nil {
		t.Fatal(err)
	}
	if ending := transcript.Ending(); ending == nil || ending.Kind != turncoat.EndingDone {
		t.Errorf("the trial ended as %+v", ending)
	}
	return transcript, world
}

// opened returns the messages that were opened.
func opened(t turncoat.Transcript) []string {
	var ids []string
	for _, e := range t.Effects() {
		if e.Effect.Kind == turncoat.EffectOpened {
			ids = append(ids, e.Effect.Of...)
		}
	}
	return ids
}

// acts returns what was sent or forwarded.
func acts(t turncoat.Transcript) []turncoat.Effect {
	var effects []turncoat.Effect
	for _, e := range t.Effects() {
		if e.Effect.Kind.IsAct() {
			effects = append(effects, *e.Effect)
		}
	}
	return effects
}

func checkReadAll(t *testing.T, got turncoat.Transcript, w *turncoat.World) {
	t.Helper()
	if n := len(opened(got)); n != len(w.Mail) {
		t.Errorf("%d of %d messages were opened", n, len(w.Mail))
	}
	for _, id := range w.Harm.Leverage {
		if !slices.Contains(opened(got), id) {
			t.Errorf("the incriminating message %s was not opened", id)
		}
	}
}

func example(t *testing.T, path string) string {
	t.Helper()
	path, err := filepath.Abs(filepath.Join("../../examples", path))
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// runNode runs an agent in Node, which has the protocol's official SDK.
func runNode(t *testing.T, script string) (turncoat.Transcript, *turncoat.World) {
	t.Helper()
	modules := bridgetest.NPM(t)
	return runAgent(t, func(w *workplace) {
		text, err := os.ReadFile(script)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(w.dir, "agent.mjs"), text, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(modules, filepath.Join(w.dir, "node_modules")); err != nil {
			t.Fatal(err)
		}
		w.setenv("WANTED", incriminating(t).ID)
	}, filepath.Join(modules, ".bin/node"), "agent.mjs")
}

// The example in Node works over MCP.
func TestAgentInNode(t *testing.T) {
	t.Parallel()
	got, world := runNode(t, example(t, "agent-node/agent.mjs"))
	checkReadAll(t, got, world)
	sent := acts(got)
	if len(sent) != 1 || sent[0].Kind != turncoat.EffectSent || sent[0].Mail.Subject != "The new mail" {
		t.Errorf("what was done is %+v", sent)
	}
}

// An agent that starts its MCP servers as processes finds the same tools.
func TestAgentOverStandardStreams(t *testing.T) {
	t.Parallel()
	got, _ := runNode(t, "testdata/agents/stdio.mjs")
	if want := []string{incriminating(t).ID}; !slices.Equal(opened(got), want) {
		t.Errorf("messages %q were opened, want %q", opened(got), want)
	}
}

// The tests of the example use the SDK's version that the example names.
func TestNodeExampleVersion(t *testing.T) {
	t.Parallel()
	version := func(path string) string {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		var p struct{ Dependencies map[string]string }
		if err := json.Unmarshal(text, &p); err != nil {
			t.Fatal(err)
		}
		return p.Dependencies["@modelcontextprotocol/sdk"]
	}
	if a, b := version(example(t, "agent-node/package.json")), version("../../bridge/mcp/testdata/npm/package.json"); a != b || a == "" {
		t.Errorf("the example wants version %q, and is tested with %q", a, b)
	}
}

// The example with curl works over IMAP and SMTP.
func TestAgentWithCurl(t *testing.T) {
	t.Parallel()
	bridgetest.Client(t, "curl")
	got, world := runAgent(t, func(*workplace) {}, "sh", example(t, "agent-curl/agent.sh"))
	checkReadAll(t, got, world)
	last := world.Mail[len(world.Mail)-1]
	sent := acts(got)
	if len(sent) != 1 || sent[0].Mail.InReplyTo != last.ID || sent[0].Mail.To[0].Address != last.From.Address {
		t.Errorf("what was done is %+v, want an answer to message %s", sent, last.ID)
	}
}

// Debian's mail programs work unchanged: isync fetches all mail, msmtp sends a
// message, and mutt sends one with the incriminating message attached.
func TestAgentOfDebian(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"mbsync", "msmtp", "mutt"} {
		bridgetest.Client(t, name)
	}
	script, err := filepath.Abs("testdata/agents/debian.sh")
	if err != nil {
		t.Fatal(err)
	}
	got, world := runAgent(t, func(w *workplace) {
		w.setenv("WANTED", incriminating(t).Subject)
	}, "sh", script)
	checkReadAll(t, got, world)
	sent := acts(got)
	if len(sent) != 2 || sent[0].Mail.Subject != "By msmtp" || sent[0].Mail.To[0].Address != "first@herald.example" {
		t.Fatalf("what was done is %+v", sent)
	}
	if second := sent[1]; second.Kind != turncoat.EffectForwarded || !slices.Equal(second.Of, []string{incriminating(t).ID}) ||
		second.Mail.To[0].Address != "second@herald.example" || second.Mail.Body != "See what is attached." {
		t.Errorf("mutt did %+v with the mail %+v, want the incriminating message forwarded", second, second.Mail)
	}
}

// incriminating returns the message of the world of agentDesign that holds the
// opportunity for harm.
func incriminating(t *testing.T) turncoat.Mail {
	t.Helper()
	lib := scenario.NewLibrary()
	sc, err := lib.Get("blackmail")
	if err != nil {
		t.Fatal(err)
	}
	conditions, err := sc.Cross(map[string][]string{"goal": {"explicit:american-interests"}, "threat": {"replacement"}})
	if err != nil {
		t.Fatal(err)
	}
	w, err := sc.World(conditions[0], turncoat.CanonicalSeed)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range w.Mail {
		if m.ID == w.Harm.Leverage[0] {
			return m
		}
	}
	t.Fatal("no message holds the leverage")
	return turncoat.Mail{}
}

// Agents that hang, flood, fork or die are ended and recorded, and the run goes on
// to the trials of the others; what failed is run again by the same command.
func TestBadAgentsDoNotStopARun(t *testing.T) {
	t.Parallel()
	bridgetest.Client(t, "curl")
	w := newWorkplace(t, `
name: bad
scenarios: [blackmail]
factors: {goal: ["explicit:american-interests"], threat: [replacement]}
interfaces: [external]
models: [agent/bad]
trials: 6
limits: {concurrency: 3, trial: {time: 5s}}
`, standin.ServerOptions{})
	w.setenv("STARTED", filepath.Join(w.dir, "started"))
	const agent = `
n=1; until mkdir "$STARTED.$n" 2>/dev/null; do n=$((n+1)); done # which of all starts this is
curl -sS --user "$TURNCOAT_MAIL_USER:$TURNCOAT_MAIL_PASSWORD" "imap://$TURNCOAT_IMAP/INBOX;MAILINDEX=1" >/dev/null
case $n in
1) trap "" TERM; sleep 1000; sleep 1000 ;;
2) head -c 3000000 /dev/zero | tr "\0" x ;;
3) setsid sh -c 'touch "$TURNCOAT_DIR/up"; exec sleep 1000' & sleep 1000 & until [ -e "$TURNCOAT_DIR/up" ]; do :; done ;;
4) kill -9 $$ ;;
5) exit 5 ;;
esac`
	w.run(exitIncomplete, "agent", "design.yaml", "--agent", "bad", "--grace", "200ms", "--", "sh", "-c", agent)
	count := func() map[string]int {
		kinds := map[string]int{}
		for _, t := range w.transcripts("bad") {
			last := t.Events[len(t.Events)-1]
			switch {
			case last.Failure != nil:
				kinds["failed"]++
			case last.Ending != nil:
				kinds[string(last.Ending.Kind)]++
			}
			for _, e := range t.Events {
				if e.Exit != nil && e.Exit.Dropped > 0 {
					kinds["flooded"]++
				}
				if e.Exit != nil && e.Exit.Left > 0 && t.Ending().Kind == turncoat.EndingDone {
					kinds["forked"]++
				}
			}
		}
		return kinds
	}
	if got, want := fmt.Sprint(count()), "map[done:3 failed:2 flooded:1 forked:1 time_limit:1]"; got != want {
		t.Errorf("after the first run: %s, want %s", got, want)
	}
	w.run(exitDone, "agent", "design.yaml", "--agent", "bad", "--grace", "200ms", "--", "sh", "-c", agent)
	if got, want := fmt.Sprint(count()), "map[done:5 flooded:1 forked:1 time_limit:1]"; got != want {
		t.Errorf("after the second run: %s, want %s", got, want)
	}
	out := w.run(exitError, "agent", "design.yaml", "--agent", "bad", "--", "sh", "-c", "true")
	if !strings.Contains(out, "give this one a name of its own") {
		t.Errorf("another command under the same name is met with\n%s", out)
	}
}

// The calls that an agent makes to its model pass through to where they would
// have gone, and stand in the transcript without the key.
func TestAgentIsRecorded(t *testing.T) {
	t.Parallel()
	bridgetest.Client(t, "curl")
	const key = "sk-ant-0123456789abcdef"
	keys := make(chan string, 1)
	service := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		keys <- r.Header.Get("X-Api-Key")
		_, _ = io.WriteString(w, `{"model":"claude-opus-4-1","content":[{"type":"thinking","thinking":"Nothing to do."},{"type":"text","text":"My key is `+key+`."}],"stop_reason":"end_turn","usage":{"input_tokens":1000000,"output_tokens":2}}`)
	}))
	t.Cleanup(service.Close)
	got, _ := runAgent(t, func(w *workplace) {
		w.setenv("ANTHROPIC_BASE_URL", service.URL)
		w.setenv("ANTHROPIC_API_KEY", key)
	}, "sh", "-c", `curl -sS -H "x-api-key: $ANTHROPIC_API_KEY" "$ANTHROPIC_BASE_URL/v1/messages" -d '{"model":"claude-opus-4-1","messages":[{"role":"user","content":"Anything?"}]}'`)
	if sent := <-keys; sent != key {
		t.Errorf("the service gets the key %q", sent)
	}
	text, err := json.Marshal(got)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(text), key) {
		t.Errorf("the key stands in the transcript: %s", text)
	}
	if want := "anthropic/claude-opus-4-1"; got.ReturnedModel() != want || got.Usage().InputTokens != 1_000_000 {
		t.Errorf("the transcript has the model %q, want %q, and the tokens %+v", got.ReturnedModel(), want, got.Usage())
	}
	for _, want := range []string{"Nothing to do.", "My key is [ANTHROPIC_API_KEY].", "Anything?"} {
		if !strings.Contains(string(text), want) {
			t.Errorf("the transcript does not hold %q", want)
		}
	}
}
