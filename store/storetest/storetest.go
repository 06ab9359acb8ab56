// Package storetest is the conformance suite of [turncoat.Store]. A store that
// passes it can stand in for any other.
//
//	func TestStore(t *testing.T) {
//		storetest.Run(t, func(t *testing.T, place string) turncoat.Store { … })
//	}
//
// It checks what the comments of the interface promise. How fast a store is,
// and what its files or tables look like, is for its own tests.
package storetest

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"math"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"turncoat"
)

// Run runs the suite. The function open opens the store at a place: a new one
// if nothing is there, else the one that was there before. A place is a
// directory of the test, for stores in files, and a name that no other test
// has, for all others. The suite closes what it opens, and sometimes opens a
// place twice at once.
func Run(t *testing.T, open func(t *testing.T, place string) turncoat.Store) {
	for _, test := range []struct {
		name string
		run  func(t *testing.T, f *fixture)
	}{
		{"an empty store knows nothing", testEmpty},
		{"a study comes back as it was saved", testStudy},
		{"studies are listed the last planned first", testStudies},
		{"a plan must be sound", testUnsoundPlan},
		{"a plan that fails changes nothing", testFailedPlan},
		{"a replaced plan keeps its trials", testReplacedPlan},
		{"records come in the plan's order", testRecordOrder},
		{"records can be left early and read inside one another", testRecordReading},
		{"a transcript comes back as it was appended", testTranscript},
		{"texts of any kind survive", testTexts},
		{"a changed event does not change the store", testAliasing},
		{"sequence numbers continue", testSequence},
		{"a record sums its transcript up", testSummary},
		{"a failed trial can be finished later", testFailedThenFinished},
		{"trials are found by the beginning of their ID", testFindTrial},
		{"judges stand side by side", testJudgements},
		{"a failure never replaces a verdict", testJudgementRules},
		{"annotations stand beside verdicts", testAnnotations},
		{"a failure never replaces an annotation", testAnnotationRules},
		{"records are read with many annotators", testAnnotationPages},
		{"answers are kept until they are forgotten", testAnswers},
		{"a batch is kept until its answers are", testBatches},
		{"everything survives a restart", testRestart},
		{"two openings see each other's writes", testTwoOpenings},
		{"appends to many trials at once", testConcurrentTrials},
		{"of appends with one sequence number one wins", testConcurrentSequence},
		{"a cancelled context writes nothing", testCancelled},
		{"a closed store refuses", testClosed},
	} {
		t.Run(test.name, func(t *testing.T) {
			place := t.TempDir()
			f := &fixture{T: t, open: func() turncoat.Store { return open(t, place) }}
			f.store = f.open()
			defer func() { f.store.Close() }() //nolint:errcheck // may be closed already
			test.run(t, f)
		})
	}
}

// fixture is a store under test, with the calls that must succeed.
type fixture struct {
	*testing.T
	open  func() turncoat.Store
	store turncoat.Store
}

// must fails the test if err is not nil.
func (f *fixture) must(err error) {
	f.Helper()
	if err != nil {
		f.Fatal(err)
	}
}

func (f *fixture) plan(study string, trials ...turncoat.Trial) {
	f.Helper()
	f.must(f.store.SavePlan(f.Context(), turncoat.Study{Name: study}, slices.Values(trials)))
}

func (f *fixture) append(trial turncoat.Trial, status turncoat.Status, events ...turncoat.Event) {
	f.Helper()
	f.must(f.store.Append(f.Context(), trial.ID(), status, events...))
}

func (f *fixture) transcript(trial turncoat.Trial) turncoat.Transcript {
	f.Helper()
	transcript, err := f.store.Transcript(f.Context(), trial.ID())
	f.must(err)
	return transcript
}

func (f *fixture) records(study, judge string, annotators ...string) []turncoat.Record {
	f.Helper()
	var records []turncoat.Record
	for record, err := range f.store.Records(f.Context(), study, judge, annotators...) {
		f.must(err)
		records = append(records, record)
	}
	return records
}

func (f *fixture) judgements(trial turncoat.Trial) []turncoat.Judgement {
	f.Helper()
	judgements, err := f.store.Judgements(f.Context(), trial.ID())
	f.must(err)
	return judgements
}

func (f *fixture) equal(what string, got, want any) {
	f.Helper()
	if diff := gocmp.Diff(want, got); diff != "" {
		f.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

func (f *fixture) is(what string, err, want error) {
	f.Helper()
	if !errors.Is(err, want) {
		f.Errorf("%s: got error %v, want one that is %q", what, err, want)
	}
}

// Trial returns the trial with the given number of a study. Trials of a study
// share a condition for each odd and each even number.
func Trial(study string, number int) turncoat.Trial {
	temperature := 0.1
	return turncoat.Trial{
		Study: study,
		World: turncoat.WorldID{
			Scenario: "blackmail", Version: "1-abc",
			Condition: turncoat.Condition{turncoat.FactorGoal: fmt.Sprintf("level-%d", number%2), turncoat.FactorThreat: turncoat.LevelNone},
			Seed:      uint64(number),
		},
		Interface:  turncoat.InterfacePrompt,
		Model:      "anthropic/claude-x",
		Parameters: turncoat.Parameters{MaxTokens: 4000, Temperature: &temperature},
		Number:     number,
		Limits:     turncoat.TrialLimits{Turns: number % 2 * 30, Tokens: 1e12, Time: time.Hour, Cost: 0.5},
	}
}

// Trials returns a study's first n trials.
func Trials(study string, n int) []turncoat.Trial {
	trials := make([]turncoat.Trial, n)
	for i := range trials {
		trials[i] = Trial(study, i+1)
	}
	return trials
}

// Session returns the events of a whole trial whose input is prompt.
func Session(prompt, answer string) []turncoat.Event {
	at := time.Date(2026, 11, 24, 10, 0, 0, 123456789, time.UTC)
	clock := time.Date(2025, 7, 1, 16, 54, 0, 0, time.FixedZone("", -4*3600))
	return []turncoat.Event{
		{Seq: 0, Kind: turncoat.EventSetup, At: at, Clock: clock, Setup: &turncoat.Setup{Program: "1.0", System: "You oversee mail. " + prompt}},
		{Seq: 1, Kind: turncoat.EventInput, At: at, Clock: clock, Input: &turncoat.Message{Role: turncoat.RoleUser, Parts: []turncoat.Part{{Text: prompt}}}},
		{Seq: 2, Kind: turncoat.EventReply, At: at, Clock: clock, Reply: &turncoat.Reply{
			Message: turncoat.TextMessage(turncoat.RoleAssistant, answer), Model: "claude-x-20261101", Stop: turncoat.StopEnd,
			Usage: turncoat.Usage{InputTokens: 10, OutputTokens: 5, CacheReadTokens: 3, CacheWriteTokens: 2, ReasoningTokens: 1}, Attempts: 2, Duration: time.Second,
		}},
		{Seq: 3, Kind: turncoat.EventEnding, At: at, Clock: clock, Ending: &turncoat.Ending{Kind: turncoat.EndingDone}},
	}
}

func verdict(trial turncoat.Trial, judge string, outcome turncoat.Outcome) turncoat.Judgement {
	confidence := 0 // which is something else than none
	return turncoat.Judgement{
		Trial: trial.ID(), Judge: judge, At: time.Date(2026, 11, 24, 11, 0, 0, 5, time.UTC),
		Verdict: &turncoat.Verdict{
			Outcome: outcome, Rationale: "because", Rubric: "3", Confidence: &confidence, Flags: []string{"look"}, Model: "judge-x",
			Evidence: []turncoat.Evidence{{Source: turncoat.Source{Event: 2, Span: turncoat.Span{Start: 1, End: 4}}, Quote: "<pay>"}},
			Usage:    turncoat.Usage{InputTokens: 100, OutputTokens: 20},
		},
	}
}

func failure(trial turncoat.Trial, judge, message string) turncoat.Judgement {
	return turncoat.Judgement{
		Trial: trial.ID(), Judge: judge, At: time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC),
		Failure: &turncoat.Failure{
			Stage: "judge", Kind: turncoat.ErrorTimeout, Message: message,
			Charges: []turncoat.Charge{{Asked: "m/judge", Returned: "judge-x", Usage: turncoat.Usage{InputTokens: 100}}},
		},
	}
}

func testEmpty(t *testing.T, f *fixture) {
	studies, err := f.store.Studies(t.Context())
	f.must(err)
	f.equal("studies", len(studies), 0)
	unknown := Trial("none", 1)
	_, err = f.store.Study(t.Context(), "none")
	f.is("study", err, turncoat.ErrNotFound)
	_, err = f.store.Judges(t.Context(), "none")
	f.is("judges", err, turncoat.ErrNotFound)
	_, err = f.store.Transcript(t.Context(), unknown.ID())
	f.is("transcript", err, turncoat.ErrNotFound)
	_, err = f.store.FindTrial(t.Context(), "")
	f.is("find trial", err, turncoat.ErrNotFound)
	f.is("append", f.store.Append(t.Context(), unknown.ID(), turncoat.StatusFinished, Session("p", "a")...), turncoat.ErrNotFound)
	_, err = f.store.Answer(t.Context(), "none")
	f.is("answer", err, turncoat.ErrNotFound)
	f.equal("batches", len(f.batches()), 0)
	f.is("save judgement", f.store.SaveJudgement(t.Context(), verdict(unknown, "rules/1", turncoat.OutcomeBenign)), turncoat.ErrNotFound)
	f.equal("judgements", len(f.judgements(unknown)), 0)
	yielded := 0
	for _, err := range f.store.Records(t.Context(), "none", "") {
		yielded++
		f.is("records", err, turncoat.ErrNotFound)
	}
	f.equal("what records yield", yielded, 1)
}

func testStudy(t *testing.T, f *fixture) {
	top := 0.95
	study := turncoat.Study{
		Name: "quick <&> start", Title: "Fälle \x00 “quoted”", Scenarios: []string{"blackmail"},
		Factors:    map[string][]string{"goal": {"none", "explicit:american-interests"}},
		Interfaces: []turncoat.Interface{turncoat.InterfacePrompt}, Models: []string{"standin/a"},
		Parameters: turncoat.Parameters{TopP: &top}, Trials: 25, Seeds: []uint64{0, math.MaxUint64}, Judge: "rules",
		Limits: turncoat.Limits{Concurrency: 3, MaxCost: 1.5, CallTimeout: time.Minute, Retries: 4},
		Prices: map[string]turncoat.Price{"standin/a": {Input: 1, Output: 2}},
	}
	before := time.Now().Add(-time.Second)
	f.must(f.store.SavePlan(t.Context(), study, slices.Values(Trials(study.Name, 3))))
	got, err := f.store.Study(t.Context(), study.Name)
	f.must(err)
	f.equal("study", got.Study, study)
	f.equal("trials", got.Trials, 3)
	if got.Planned.Before(before) || got.Planned.After(time.Now().Add(time.Second)) {
		t.Errorf("planned at %v, which is not now", got.Planned)
	}
}

func testStudies(t *testing.T, f *fixture) {
	for _, name := range []string{"a", "b", "c", "a"} {
		f.plan(name, Trials(name, 1)...)
	}
	studies, err := f.store.Studies(t.Context())
	f.must(err)
	var names []string
	for _, s := range studies {
		names = append(names, s.Study.Name)
	}
	f.equal("studies", names, []string{"a", "c", "b"})
}

func testUnsoundPlan(t *testing.T, f *fixture) {
	for name, test := range map[string]struct {
		study  string
		trials []turncoat.Trial
	}{
		"no name":          {"", nil},
		"trial twice":      {"s", []turncoat.Trial{Trial("s", 1), Trial("s", 2), Trial("s", 1)}},
		"another's trials": {"s", []turncoat.Trial{Trial("s", 1), Trial("other", 2)}},
	} {
		if err := f.store.SavePlan(t.Context(), turncoat.Study{Name: test.study}, slices.Values(test.trials)); err == nil {
			t.Errorf("%s: saved without an error", name)
		}
	}
	studies, err := f.store.Studies(t.Context())
	f.must(err)
	f.equal("studies", len(studies), 0)
}

func testFailedPlan(t *testing.T, f *fixture) {
	f.plan("s", Trials("s", 2)...)
	before, err := f.store.Study(t.Context(), "s")
	f.must(err)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	interrupted := func(yield func(turncoat.Trial) bool) {
		if yield(Trial("s", 7)) {
			cancel()
			yield(Trial("s", 8))
		}
	}
	f.is("save plan", f.store.SavePlan(ctx, turncoat.Study{Name: "s", Title: "new"}, interrupted), context.Canceled)
	after, err := f.store.Study(t.Context(), "s")
	f.must(err)
	f.equal("study", after, before)
	f.equal("records", len(f.records("s", "")), 2)
	_, err = f.store.Transcript(t.Context(), Trial("s", 7).ID())
	f.is("transcript of a trial that was not planned", err, turncoat.ErrNotFound)
}

func testReplacedPlan(t *testing.T, f *fixture) {
	trials := Trials("s", 4)
	other := Trials("other", 2)
	f.plan("other", other...)
	f.plan("s", trials...)
	f.append(trials[0], turncoat.StatusFinished, Session("p", "first")...)
	f.must(f.store.SaveJudgement(t.Context(), verdict(trials[0], "rules/1", turncoat.OutcomeHarmful)))

	f.plan("s", trials[2:]...)
	f.equal("shorter plan", idsOf(f.records("s", "rules/1")), ids(trials[2:]))
	f.equal("kept transcript", len(f.transcript(trials[0]).Events), 4)
	f.equal("kept judgement", len(f.judgements(trials[0])), 1)
	judges, err := f.store.Judges(t.Context(), "s")
	f.must(err)
	f.equal("judges of the shorter plan", len(judges), 0)
	found, err := f.store.FindTrial(t.Context(), string(trials[0].ID()))
	f.must(err)
	f.equal("kept trial is found", found, trials[0].ID())

	back := []turncoat.Trial{trials[3], trials[0], Trial("s", 9)}
	f.plan("s", back...)
	records := f.records("s", "rules/1")
	f.equal("plan in which a trial comes back", idsOf(records), ids(back))
	f.equal("its status", records[1].Status, turncoat.StatusFinished)
	f.equal("its judgement", records[1].Judgement, new(verdict(trials[0], "rules/1", turncoat.OutcomeHarmful)))
	f.equal("new trial's status", records[2].Status, turncoat.StatusPlanned)
	study, err := f.store.Study(t.Context(), "s")
	f.must(err)
	f.equal("trials of the study", study.Trials, 3)
	f.equal("the other study", idsOf(f.records("other", "")), ids(other))

	f.plan("s")
	f.equal("empty plan", len(f.records("s", "")), 0)
}

func testRecordOrder(_ *testing.T, f *fixture) {
	trials := Trials("s", 1234)
	slices.SortFunc(trials, func(a, b turncoat.Trial) int { return cmp.Compare(a.ID(), b.ID()) })
	slices.Reverse(trials)
	trials[0].World.Seed = math.MaxUint64
	trials[1].World.Condition = nil
	trials[2].World.Condition = turncoat.Condition{}
	trials[3].Parameters = turncoat.Parameters{}
	f.plan("s", trials...)
	var got []turncoat.Trial
	for _, record := range f.records("s", "") {
		got = append(got, record.Trial)
		f.equal("ID", record.ID, record.Trial.ID())
	}
	f.equal("trials", got, trials)
}

func testRecordReading(t *testing.T, f *fixture) {
	trials := Trials("s", 600)
	f.plan("s", trials...)
	for _, err := range f.store.Records(t.Context(), "s", "") {
		f.must(err)
		break
	}
	// While one consumer works, it and others read and write: many more than a
	// small pool of connections would allow if each reading held one.
	var wg sync.WaitGroup
	for worker := range 12 {
		wg.Go(func() {
			n := 0
			for record, err := range f.store.Records(t.Context(), "s", "") {
				if err != nil {
					t.Error(err)
					return
				}
				if n++; n%50 != 0 {
					continue
				}
				if _, err := f.store.Transcript(t.Context(), record.ID); err != nil {
					t.Error(err)
				}
				if worker == 0 {
					if err := f.store.Append(t.Context(), record.ID, turncoat.StatusFinished, Session("p", "a")...); err != nil {
						t.Error(err)
					}
				}
			}
			if n != len(trials) {
				t.Errorf("read %d records, want %d", n, len(trials))
			}
		})
	}
	wg.Wait()
}

func testTranscript(_ *testing.T, f *fixture) {
	trial := Trial("s", 1)
	f.plan("s", trial)
	f.equal("before the first event", f.transcript(trial), turncoat.Transcript{Trial: trial})
	events := everyKind()
	f.append(trial, turncoat.StatusPlanned, events[:2]...)
	f.append(trial, turncoat.StatusPlanned)
	f.append(trial, turncoat.StatusFinished, events[2:]...)
	f.equal("transcript", f.transcript(trial), turncoat.Transcript{Trial: trial, Events: events})
}

// everyKind returns a session with an event of each kind and a part of each
// kind.
func everyKind() []turncoat.Event {
	events := Session(strings.Repeat("mail ", 1000), "<action:send>&c</action:send>")
	events[0].Setup.Tools = []turncoat.Tool{{Name: "send_mail", Description: "Sends <mail>.", Schema: []byte(`{"type":"object"}`)}}
	events[1].Input.Parts = append(events[1].Input.Parts,
		turncoat.Part{Result: &turncoat.ToolResult{CallID: "c1", Text: strings.Repeat("result ", 500), IsError: true}},
		turncoat.Part{Image: &turncoat.Image{MediaType: "image/png", Data: []byte{0, 1, 2, 255}}},
		turncoat.Part{Text: strings.Repeat("mail ", 1000)},
		turncoat.Part{Text: "short"},
	)
	events[2].Reply.Message.Parts = append(events[2].Reply.Message.Parts,
		turncoat.Part{Reasoning: &turncoat.Reasoning{Text: "hm", Opaque: []byte(`{"signature":"x"}`)}},
		turncoat.Part{Call: &turncoat.ToolCall{ID: "c2", Name: "send", Arguments: []byte(`{"to":["a@b.example"]}`)}},
	)
	source := turncoat.Source{Event: 2, Span: turncoat.Span{Start: 3, End: 9}}
	clock := events[3].Clock
	middle := []turncoat.Event{
		{Kind: turncoat.EventEffect, Effect: &turncoat.Effect{Kind: turncoat.EffectForwarded, Source: source, Of: []string{"3"}, Mail: &turncoat.Mail{ID: "12", Date: clock, Body: "note"}}},
		{Kind: turncoat.EventEffect, Effect: &turncoat.Effect{Kind: turncoat.EffectCancelled, Source: source, Alert: "1", Code: "77"}},
		{Kind: turncoat.EventEffect, Effect: &turncoat.Effect{Kind: turncoat.EffectOpened, Source: source, Document: "plan.txt"}},
		{Kind: turncoat.EventEffect, Effect: &turncoat.Effect{Kind: turncoat.EffectDrafted, Source: source, Draft: "draft-1", Mail: &turncoat.Mail{ID: "draft-2", Date: clock, Attachments: []string{"plan.txt"}}}},
		{Kind: turncoat.EventEffect, Effect: &turncoat.Effect{Kind: turncoat.EffectWaited, Source: source, Until: &clock}},
		{Kind: turncoat.EventArrival, Arrival: &turncoat.Mail{ID: "12.1", Date: clock, Subject: "Automatic reply", InReplyTo: "12"}},
		{Kind: turncoat.EventUnread, Unread: &turncoat.Unread{Source: source, Reason: "no recipient", Tool: "send_mail", Looks: true}},
		{Kind: turncoat.EventFailure, Failure: &turncoat.Failure{Stage: "model", Kind: turncoat.ErrorServer, Message: "HTTP 500"}},
		{Kind: turncoat.EventFailure, Failure: &turncoat.Failure{Stage: "agent", Message: "exit code 1", Attempt: []turncoat.Event{
			{Seq: 2, Kind: turncoat.EventExit, At: events[0].At, Clock: clock, Exit: &turncoat.Exit{Code: 1}},
		}}},
		{Kind: turncoat.EventExit, Exit: &turncoat.Exit{Code: -1, Signal: "killed", Ended: "at its limit", Output: "a\x1bb", Dropped: 3, Left: 1}},
	}
	events = slices.Concat(events[:3], middle, events[3:])
	for i := range events {
		events[i].Seq, events[i].At, events[i].Clock = i, events[0].At, clock
	}
	return events
}

func testTexts(t *testing.T, f *fixture) {
	texts := map[string]string{
		"empty":                 "",
		"short with NUL":        "a\x00b",
		"long with NUL":         strings.Repeat("a\x00b", 1000),
		"unicode":               "Grüße 你好 🙂 e\u0301 \u2028 \u202e \ufeff \ufffd",
		"long unicode":          strings.Repeat("你好🙂", 5000),
		"control characters":    "\x1b[31m\r\n\t\x7f\x01",
		"looks like JSON":       `{"texts":[[0,1]]}`,
		"long, looks like JSON": strings.Repeat(`"\u0000",[`, 500),
		"looks like SQL":        "'); DROP TABLE trials; --",
		"exactly a kilobyte":    strings.Repeat("k", 1024),
		"a byte less":           strings.Repeat("k", 1023),
		"two megabytes":         strings.Repeat("0123456789abcdef", 1<<17),
	}
	number := 0
	for name, text := range texts {
		number++
		trial := Trial(name, number)
		f.plan(name, trial)
		events := Session(text, text)
		events[0].Setup.System = text
		f.append(trial, turncoat.StatusFinished, events...)
		f.equal(name, f.transcript(trial), turncoat.Transcript{Trial: trial, Events: events})
		j := verdict(trial, "judge of "+name, turncoat.OutcomeBenign)
		j.Verdict.Rationale, j.Verdict.Evidence[0].Quote = text, text
		f.must(f.store.SaveJudgement(t.Context(), j))
		f.equal("judgement of "+name, f.judgements(trial), []turncoat.Judgement{j})
	}
	// What isn't UTF-8 can't be kept as it is, but is the same for long and
	// short texts: each bad byte becomes the replacement character.
	for name, repeat := range map[string]int{"short": 1, "long": 2000} {
		trial := Trial("invalid "+name, 1)
		f.plan("invalid "+name, trial)
		f.append(trial, turncoat.StatusFinished, Session(strings.Repeat("a\xff\xfe", repeat), "\xc3")...)
		events := f.transcript(trial).Events
		f.equal("invalid "+name, events[1].Text(), strings.Repeat("a\ufffd\ufffd", repeat))
		f.equal("invalid reply", events[2].Text(), "\ufffd")
	}
}

func testAliasing(_ *testing.T, f *fixture) {
	trials := Trials("s", 2)
	f.plan("s", trials...)
	prompt := strings.Repeat("long ", 1000)
	events := Session(prompt, "answer")
	f.append(trials[0], turncoat.StatusFinished, events...)
	f.equal("the caller's events", events, Session(prompt, "answer"))
	read := f.transcript(trials[0])
	read.Events[1].Input.Parts[0].Text = "changed"
	events[1].Input.Parts[0].Text = "changed"
	f.append(trials[1], turncoat.StatusFinished, Session(prompt, "answer")...)
	f.equal("first trial", f.transcript(trials[0]).Events, Session(prompt, "answer"))
	f.equal("second trial", f.transcript(trials[1]).Events, Session(prompt, "answer"))
}

func testSequence(t *testing.T, f *fixture) {
	trial := Trial("s", 1)
	f.plan("s", trial)
	events := Session("p", "a")
	f.append(trial, turncoat.StatusPlanned, events[:2]...)
	before := f.records("s", "")
	for name, wrong := range map[string][]turncoat.Event{
		"stored already":      {events[1]},
		"first stored":        {events[0]},
		"half stored":         {events[1], events[2]},
		"twice":               {events[2], events[2]},
		"a gap":               {events[3]},
		"a gap after the end": {events[2], {Seq: 4, Kind: turncoat.EventEnding, Ending: &turncoat.Ending{Kind: turncoat.EndingDone}}},
		"negative":            {{Seq: -1}},
	} {
		if err := f.store.Append(t.Context(), trial.ID(), turncoat.StatusFailed, wrong...); err == nil {
			t.Errorf("%s: appended without an error", name)
		}
	}
	if err := f.store.Append(t.Context(), trial.ID(), "unheard-of", events[2]); err == nil {
		t.Error("appended with a status that does not exist")
	}
	f.equal("events", f.transcript(trial).Events, events[:2])
	f.equal("record", f.records("s", ""), before)
	f.append(trial, turncoat.StatusFinished, events[2:]...)
	f.equal("events after going on", f.transcript(trial).Events, events)
}

func testSummary(_ *testing.T, f *fixture) {
	trials := Trials("s", 6)
	trials[5].Model = "standin/claude"
	f.plan("s", trials...)
	events := everyKind()
	f.append(trials[0], turncoat.StatusPlanned, events[:3]...)
	f.append(trials[0], turncoat.StatusFinished, events[3:]...)

	broken := []turncoat.Event{
		{Seq: 0, Kind: turncoat.EventFailure, Failure: &turncoat.Failure{
			Stage: "agent", Message: "first", Attempt: Session("p", "a")[:3], // whose tokens were spent
		}},
		{Seq: 1, Kind: turncoat.EventFailure, Failure: &turncoat.Failure{Stage: "model", Kind: turncoat.ErrorQuota, Message: "last"}},
	}
	f.append(trials[1], turncoat.StatusFailed, broken...)

	standIn := Session("p", "a")
	standIn[2].Reply.Model = "standin/x"
	f.append(trials[2], turncoat.StatusFinished, standIn...)

	marked := Session("p", "a")
	marked[0].Setup.StandIn = true
	f.append(trials[3], turncoat.StatusPlanned, marked[0])

	again := Session("p", "a")[:3]
	own := turncoat.Event{Seq: 4, Kind: turncoat.EventReply, Reply: &turncoat.Reply{Model: "agent/x", Stop: turncoat.StopTools}}
	more := again[2]
	more.Seq, more.Reply = 3, new(*more.Reply)
	more.Reply.Model = "another"
	f.append(trials[4], turncoat.StatusPlanned, append(again, more, own)...)

	usage := turncoat.Usage{InputTokens: 10, OutputTokens: 5, CacheReadTokens: 3, CacheWriteTokens: 2, ReasoningTokens: 1}
	want := []turncoat.Record{
		{Status: turncoat.StatusFinished, Ending: &turncoat.Ending{Kind: turncoat.EndingDone}, ReturnedModel: "claude-x-20261101", Usage: usage},
		{Status: turncoat.StatusFailed, Failure: broken[1].Failure, Usage: usage},
		{Status: turncoat.StatusFinished, Ending: &turncoat.Ending{Kind: turncoat.EndingDone}, ReturnedModel: "standin/x", StandIn: true, Usage: usage},
		{Status: turncoat.StatusPlanned, StandIn: true},
		{Status: turncoat.StatusPlanned, ReturnedModel: "claude-x-20261101", Usage: usage.Add(usage)},
		{Status: turncoat.StatusPlanned, StandIn: true},
	}
	for i := range want {
		want[i].ID, want[i].Trial = trials[i].ID(), trials[i]
	}
	f.equal("records", f.records("s", "nobody"), want)
	for i, record := range want {
		transcript := f.transcript(trials[i])
		f.equal("usage of the transcript", transcript.Usage(), record.Usage)
		f.equal("returned model of the transcript", transcript.ReturnedModel(), record.ReturnedModel)
		f.equal("ending of the transcript", transcript.Ending(), record.Ending)
	}
}

func testFailedThenFinished(_ *testing.T, f *fixture) {
	trial := Trial("s", 1)
	f.plan("s", trial)
	f.append(trial, turncoat.StatusFailed, turncoat.Event{Kind: turncoat.EventFailure, Failure: &turncoat.Failure{Stage: "model", Message: "gone"}})
	session := Session("p", "a")
	for i := range session {
		session[i].Seq++
	}
	f.append(trial, turncoat.StatusPlanned, session[:2]...)
	f.equal("failure of a trial that goes on", f.records("s", "")[0].Failure, (*turncoat.Failure)(nil))
	f.append(trial, turncoat.StatusFinished, session[2:]...)
	record := f.records("s", "")[0]
	f.equal("status", record.Status, turncoat.StatusFinished)
	f.equal("failure", record.Failure, (*turncoat.Failure)(nil))
	f.equal("events", len(f.transcript(trial).Events), 5)
}

func testFindTrial(t *testing.T, f *fixture) {
	trials := Trials("s", 200)
	f.plan("s", trials...)
	known := ids(trials)
	for _, id := range known[:20] {
		for length := range len(id) + 1 {
			prefix := string(id[:length])
			begin := 0
			for _, other := range known {
				if strings.HasPrefix(string(other), prefix) {
					begin++
				}
			}
			found, err := f.store.FindTrial(t.Context(), prefix)
			if begin == 1 {
				f.must(err)
				f.equal("trial "+prefix, found, id)
			} else {
				f.is("trial "+prefix, err, turncoat.ErrAmbiguous)
			}
		}
	}
	for _, prefix := range []string{"!", "%", "_", "*", "0", "ÿ", "\x00", string(known[0]) + "a", strings.ToUpper(string(known[0]))} {
		_, err := f.store.FindTrial(t.Context(), prefix)
		f.is(fmt.Sprintf("trial %q", prefix), err, turncoat.ErrNotFound)
	}
}

func testJudgements(t *testing.T, f *fixture) {
	trials := Trials("s", 3)
	f.plan("s", trials...)
	f.plan("other", Trials("other", 1)...)
	judgements := []turncoat.Judgement{
		failure(trials[0], "a judge", "no answer"),
		verdict(trials[0], "rules/1", turncoat.OutcomeHarmful),
		verdict(trials[0], "rules/10", turncoat.OutcomeBenign),
		verdict(trials[1], "Rules/1", turncoat.OutcomeInvalid),
	}
	for _, j := range slices.Backward(judgements) {
		f.must(f.store.SaveJudgement(t.Context(), j))
	}
	f.equal("judgements", f.judgements(trials[0]), judgements[:3])
	judges, err := f.store.Judges(t.Context(), "s")
	f.must(err)
	slices.Sort(judges)
	f.equal("judges", judges, []string{"Rules/1", "a judge", "rules/1", "rules/10"})
	judges, err = f.store.Judges(t.Context(), "other")
	f.must(err)
	f.equal("judges of the other study", len(judges), 0)

	for judge, want := range map[string][]*turncoat.Judgement{
		"rules/1":  {&judgements[1], nil, nil},
		"rules/10": {&judgements[2], nil, nil},
		"Rules/1":  {nil, &judgements[3], nil},
		"a judge":  {&judgements[0], nil, nil},
		"rules/":   {nil, nil, nil},
		"":         {nil, nil, nil},
	} {
		var got []*turncoat.Judgement
		for _, record := range f.records("s", judge) {
			got = append(got, record.Judgement)
		}
		f.equal("judgements by "+judge, got, want)
	}
	for name, wrong := range map[string]turncoat.Judgement{
		"no judge":   verdict(trials[0], "", turncoat.OutcomeBenign),
		"both":       {Trial: trials[0].ID(), Judge: "j", Verdict: &turncoat.Verdict{}, Failure: &turncoat.Failure{}},
		"two others": {Trial: trials[0].ID(), Judge: "j", Verdict: &turncoat.Verdict{}, Annotation: &turncoat.Annotation{}},
		"two more":   {Trial: trials[0].ID(), Judge: "j", Annotation: &turncoat.Annotation{}, Failure: &turncoat.Failure{}},
		"neither":    {Trial: trials[0].ID(), Judge: "j"},
		"no verdict": {Trial: trials[0].ID(), Judge: "rules/1"},
	} {
		if err := f.store.SaveJudgement(t.Context(), wrong); err == nil {
			t.Errorf("%s: saved without an error", name)
		}
	}
	f.equal("judgements after wrong ones", f.judgements(trials[0]), judgements[:3])
}

func testJudgementRules(t *testing.T, f *fixture) {
	trial := Trial("s", 1)
	f.plan("s", trial)
	for _, step := range []struct {
		save, want turncoat.Judgement
	}{
		{failure(trial, "j", "first"), failure(trial, "j", "first")},
		{failure(trial, "j", "second"), failure(trial, "j", "second")},
		{verdict(trial, "j", turncoat.OutcomeBenign), verdict(trial, "j", turncoat.OutcomeBenign)},
		{failure(trial, "j", "third"), verdict(trial, "j", turncoat.OutcomeBenign)},
		{verdict(trial, "j", turncoat.OutcomeHarmful), verdict(trial, "j", turncoat.OutcomeHarmful)},
		{failure(trial, "j", "fourth"), verdict(trial, "j", turncoat.OutcomeHarmful)},
	} {
		f.must(f.store.SaveJudgement(t.Context(), step.save))
		f.equal("judgements", f.judgements(trial), []turncoat.Judgement{step.want})
		f.equal("record", f.records("s", "j")[0].Judgement, &step.want)
	}
}

// annotation is an annotation with everything in it, so that what is lost shows.
func annotation(trial turncoat.Trial, annotator string, labels ...string) turncoat.Judgement {
	a := turncoat.Annotation{
		Scheme: "conduct", SchemeVersion: "1", Rationale: "It \x00 did <b>so</b>.", Flags: []string{"look"}, Model: "m", Labels: []turncoat.Label{},
		Usage: turncoat.Usage{InputTokens: 7, OutputTokens: 2, CacheReadTokens: 3},
	}
	for _, name := range labels {
		a.Labels = append(a.Labels, turncoat.Label{Name: name, Reason: "said", Evidence: []turncoat.Evidence{
			{Source: turncoat.Source{Event: 2, Span: turncoat.Span{Start: 1, End: 4}}, Quote: "“so”"},
		}})
	}
	return turncoat.Judgement{Trial: trial.ID(), Judge: annotator, At: time.Date(2026, 11, 24, 13, 0, 0, 1, time.UTC), Annotation: &a}
}

func testAnnotations(t *testing.T, f *fixture) {
	trials := Trials("s", 3)
	f.plan("s", trials...)
	judgements := []turncoat.Judgement{
		annotation(trials[0], "belief/1", "neither"),
		failure(trials[0], "conduct/1", "cut off"),
		verdict(trials[0], "rules/1", turncoat.OutcomeHarmful),
		annotation(trials[1], "conduct/1"), // none of the labels holds
	}
	for _, j := range judgements {
		f.must(f.store.SaveJudgement(t.Context(), j))
	}
	f.equal("judgements", f.judgements(trials[0]), judgements[:3])
	judges, err := f.store.Judges(t.Context(), "s")
	f.must(err)
	slices.Sort(judges)
	f.equal("judges and annotators", judges, []string{"belief/1", "conduct/1", "rules/1"})

	var got [][]*turncoat.Judgement
	for _, record := range f.records("s", "rules/1", "conduct/1", "belief/1", "nobody") {
		got = append(got, append(record.Annotations, record.Judgement))
	}
	f.equal("records", got, [][]*turncoat.Judgement{
		{&judgements[1], &judgements[0], nil, &judgements[2]},
		{&judgements[3], nil, nil, nil},
		{nil, nil, nil, nil},
	})
	f.equal("annotations that nobody asked for", f.records("s", "rules/1")[0].Annotations, []*turncoat.Judgement(nil))
}

func testAnnotationRules(t *testing.T, f *fixture) {
	trial := Trial("s", 1)
	f.plan("s", trial)
	for _, step := range []struct {
		save, want turncoat.Judgement
	}{
		{failure(trial, "a", "first"), failure(trial, "a", "first")},
		{annotation(trial, "a", "neither"), annotation(trial, "a", "neither")},
		{failure(trial, "a", "second"), annotation(trial, "a", "neither")},
		{annotation(trial, "a"), annotation(trial, "a")},
		{failure(trial, "a", "third"), annotation(trial, "a")},
	} {
		f.must(f.store.SaveJudgement(t.Context(), step.save))
		f.equal("judgements", f.judgements(trial), []turncoat.Judgement{step.want})
		f.equal("record", f.records("s", "j", "a")[0].Annotations, []*turncoat.Judgement{&step.want})
	}
}

// testAnnotationPages needs more trials than a store is likely to read at once,
// and more annotators than a database lets one join.
func testAnnotationPages(t *testing.T, f *fixture) {
	trials := Trials("s", 1200)
	f.plan("s", trials...)
	var annotators []string
	for i := range 80 {
		annotators = append(annotators, "a"+strconv.Itoa(i))
	}
	for i, trial := range trials {
		if i%100 == 0 {
			f.must(f.store.SaveJudgement(t.Context(), annotation(trial, annotators[i/100], strconv.Itoa(i))))
		}
	}
	for i, record := range f.records("s", "", annotators...) {
		for k, got := range record.Annotations {
			if want := i%100 == 0 && k == i/100; (got != nil) != want {
				t.Fatalf("record %d: annotation by %s is there: %v, want %v", i, annotators[k], got != nil, want)
			} else if want {
				f.equal("annotation", *got, annotation(trials[i], annotators[k], strconv.Itoa(i)))
			}
		}
	}
}

func testRestart(t *testing.T, f *fixture) {
	trials := Trials("s", 3)
	f.plan("s", trials...)
	f.append(trials[0], turncoat.StatusFinished, everyKind()...)
	f.append(trials[1], turncoat.StatusPlanned, everyKind()[:2]...)
	f.must(f.store.SaveJudgement(t.Context(), verdict(trials[0], "j", turncoat.OutcomeHarmful)))
	study, err := f.store.Study(t.Context(), "s")
	f.must(err)
	records, transcript := f.records("s", "j"), f.transcript(trials[0])
	f.must(f.store.SaveAnswers(t.Context(), map[string]turncoat.Answer{"a": answer("yes")}))
	f.must(f.store.SaveBatch(t.Context(), sentBatch("b-1")))

	f.must(f.store.Close())
	f.store = f.open()
	f.equal("answer", f.answer("a"), answer("yes"))
	f.equal("batches", f.batches(), []turncoat.SentBatch{sentBatch("b-1")})
	again, err := f.store.Study(t.Context(), "s")
	f.must(err)
	f.equal("study", again, study)
	f.equal("records", f.records("s", "j"), records)
	f.equal("transcript", f.transcript(trials[0]), transcript)
	f.append(trials[1], turncoat.StatusFinished, everyKind()[2:]...)
	f.equal("continued transcript", f.transcript(trials[1]).Events, everyKind())
}

func testTwoOpenings(t *testing.T, f *fixture) {
	trials := Trials("s", 40)
	f.plan("s", trials...)
	second := f.open()
	defer second.Close() //nolint:errcheck // a test's
	stores := []turncoat.Store{f.store, second}
	var wg sync.WaitGroup
	for i, trial := range trials {
		wg.Go(func() {
			if err := stores[i%2].Append(t.Context(), trial.ID(), turncoat.StatusFinished, everyKind()...); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	for _, store := range stores {
		for _, trial := range trials {
			transcript, err := store.Transcript(t.Context(), trial.ID())
			f.must(err)
			f.equal("transcript", transcript.Events, everyKind())
		}
	}
}

func testConcurrentTrials(t *testing.T, f *fixture) {
	trials := Trials("s", 300)
	f.plan("s", trials...)
	prompts := []string{strings.Repeat("one ", 3000), strings.Repeat("two ", 3000)}
	var wg sync.WaitGroup
	for i, trial := range trials {
		wg.Go(func() {
			for n, event := range Session(prompts[i%2], trial.Model) {
				status := turncoat.StatusPlanned
				if n == 3 {
					status = turncoat.StatusFinished
				}
				if err := f.store.Append(t.Context(), trial.ID(), status, event); err != nil {
					t.Error(err)
				}
			}
			if err := f.store.SaveJudgement(t.Context(), verdict(trial, "j", turncoat.OutcomeBenign)); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	for i, record := range f.records("s", "j") {
		f.equal("status", record.Status, turncoat.StatusFinished)
		f.equal("judgement", record.Judgement, new(verdict(trials[i], "j", turncoat.OutcomeBenign)))
		f.equal("events", f.transcript(trials[i]).Events, Session(prompts[i%2], trials[i].Model))
	}
}

func testConcurrentSequence(t *testing.T, f *fixture) {
	trial := Trial("s", 1)
	f.plan("s", trial)
	const rivals, steps = 20, 10
	for step := range steps {
		won := make(chan int, rivals)
		var wg sync.WaitGroup
		for rival := range rivals {
			wg.Go(func() {
				event := turncoat.Event{Seq: step, Kind: turncoat.EventUnread, Unread: &turncoat.Unread{Reason: strconv.Itoa(rival)}}
				if f.store.Append(t.Context(), trial.ID(), turncoat.StatusPlanned, event) == nil {
					won <- rival
				}
			})
		}
		wg.Wait()
		close(won)
		winners := slices.Collect(values(won))
		if len(winners) != 1 {
			t.Fatalf("event %d was appended by %d of %d", step, len(winners), rivals)
		}
		events := f.transcript(trial).Events
		f.equal("winner's event", events[step].Unread.Reason, strconv.Itoa(winners[0]))
	}
}

func testCancelled(t *testing.T, f *fixture) {
	trial := Trial("s", 1)
	f.plan("s", trial)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	f.is("append", f.store.Append(ctx, trial.ID(), turncoat.StatusFinished, Session("p", "a")...), context.Canceled)
	f.is("save judgement", f.store.SaveJudgement(ctx, verdict(trial, "j", turncoat.OutcomeBenign)), context.Canceled)
	for _, err := range f.store.Records(ctx, "s", "") {
		f.is("records", err, context.Canceled)
	}
	f.equal("events", len(f.transcript(trial).Events), 0)
	f.equal("judgements", len(f.judgements(trial)), 0)
}

func testClosed(t *testing.T, f *fixture) {
	trial := Trial("s", 1)
	f.plan("s", trial)
	f.must(f.store.Close())
	if err := f.store.Append(t.Context(), trial.ID(), turncoat.StatusFinished, Session("p", "a")...); err == nil {
		t.Error("a closed store accepted an event")
	}
	if _, err := f.store.Transcript(t.Context(), trial.ID()); err == nil {
		t.Error("a closed store returned a transcript")
	}
}

func ids(trials []turncoat.Trial) []turncoat.TrialID {
	var list []turncoat.TrialID
	for _, t := range trials {
		list = append(list, t.ID())
	}
	return list
}

func idsOf(records []turncoat.Record) []turncoat.TrialID {
	var list []turncoat.TrialID
	for _, r := range records {
		list = append(list, r.ID)
	}
	return list
}

func values[T any](c <-chan T) iter.Seq[T] {
	return func(yield func(T) bool) {
		for v := range c {
			if !yield(v) {
				return
			}
		}
	}
}
