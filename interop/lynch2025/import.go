package lynch2025

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"turncoat"
	"turncoat/agent"
	"turncoat/judge"
	"turncoat/scenario"
	"turncoat/study"
	"turncoat/world"
)

// Prompts are prompts that have become worlds: of scenarios that were written
// for them, or of those that are known here already.
type Prompts struct {
	Folders    []string // of the scenarios that were written, absolute
	Conditions int      // that were imported
	Known      int      // prompts whose world is known here as it is
	Problems   []Problem

	worlds  map[string]turncoat.WorldID // by the name of the condition's directory
	library *scenario.Library
}

// ReadPrompts reads the prompts that were found, writes a scenario folder for
// each kind of them below out, and adds these to the library. A directory that
// cannot be used is among the problems, and is left out.
func ReadPrompts(l *Layout, out string, library *scenario.Library) (*Prompts, error) {
	ps := &Prompts{worlds: map[string]turncoat.WorldID{}, library: library}
	if l.Prompts == "" {
		return ps, nil
	}
	var found []imported
	for _, name := range folders(l.Prompts) {
		dir := filepath.Join(l.Prompts, name)
		text, err := readPrompt(dir)
		if err == nil && ps.isKnown(text) {
			ps.worlds[name] = text.ours.World.ID
			ps.Known++
			continue
		}
		var p imported
		if err == nil {
			p, err = newImported(name, text)
		}
		if err != nil {
			ps.Problems = append(ps.Problems, Problem{dir, err.Error()})
			continue
		}
		found = append(found, p)
	}
	found = ps.distinct(found)
	folders, err := writeFolders(absolute(out), found)
	if err != nil {
		return nil, err
	}
	ps.Folders, ps.Conditions = folders, len(found)
	versions := map[string]string{}
	for _, folder := range folders {
		s, err := library.Add(folder)
		if err != nil {
			return nil, fmt.Errorf("the scenario that was made of %s: %w", l.Prompts, err)
		}
		versions[s.Name()] = s.Version()
	}
	for _, p := range found {
		name := scenarioName(p.kind)
		ps.worlds[p.name] = turncoat.WorldID{Scenario: name, Version: versions[name], Condition: p.condition}
	}
	return ps, nil
}

// isKnown reports whether a prompt is that of a world which is known here.
func (ps *Prompts) isKnown(text promptText) bool {
	if text.ours == nil {
		return false
	}
	w, err := ps.library.World(text.ours.World.ID)
	if err != nil {
		return false
	}
	system, user := agent.Prompt(w)
	return system == text.system && user == text.task+"\n"+text.content
}

// distinct leaves out prompts that have the condition of another one.
func (ps *Prompts) distinct(found []imported) []imported {
	byKind := map[string][]imported{}
	for _, p := range found {
		byKind[p.kind] = append(byKind[p.kind], p)
	}
	var kept []imported
	for _, kind := range slices.Sorted(maps.Keys(byKind)) {
		complete(byKind[kind])
		first := map[string]string{}
		for _, p := range byKind[kind] {
			if other, twice := first[p.condition.String()]; twice {
				ps.Problems = append(ps.Problems, Problem{p.dir, fmt.Sprintf("it has the same condition as %s (%s)", other, p.condition)})
				continue
			}
			first[p.condition.String()] = p.name
			kept = append(kept, p)
		}
	}
	return kept
}

// Results are samples that become the trials of a study.
type Results struct {
	Study    turncoat.Study
	Replied  int            // trials with a reply
	Failed   int            // trials whose sample broke
	NotRun   int            // trials that were planned and not run, in a study of ours
	Verdicts map[string]int // by judge
	Problems []Problem

	trials  []resultTrial
	prompts *Prompts
	now     func() time.Time
	program string
}

// resultTrial is where a trial comes from.
type resultTrial struct {
	trial    turncoat.Trial
	position int    // in the plan that it was exported with
	dir      string // of its sample
}

// Options say what becomes of results.
type Options struct {
	Name    string           // of the study; "": that of the study that was exported, or one made of the folder's
	Program string           // Turncoat's version, for the transcripts
	Now     func() time.Time // our clock; nil: time.Now
}

// ModelPrefix is the provider of imported models, which cannot be asked.
const ModelPrefix = "imported/"

// ReadResults looks through all samples that were found, and makes the plan of
// the trials that they become. Replies are read and forgotten: [Results.Store]
// reads them again.
func ReadResults(l *Layout, ps *Prompts, o Options) (*Results, error) {
	r := &Results{Verdicts: map[string]int{}, Problems: slices.Clone(l.problems), prompts: ps, now: o.Now, program: o.Program}
	if r.now == nil {
		r.now = time.Now
	}
	if err := r.design(l, o.Name); err != nil {
		return nil, err
	}
	seen := map[turncoat.TrialID]string{}
	for _, cell := range l.cells {
		r.readCell(cell, seen)
	}
	if len(r.trials) == 0 {
		if l.Prompts == "" {
			return nil, fmt.Errorf("%s holds results, and no prompts are beside it: without them nothing can be said of what the models were told; name the folder that holds them with --prompts, usually the experiment's folder %s", l.Results, promptsFolder)
		}
		return r, nil
	}
	slices.SortStableFunc(r.trials, func(a, b resultTrial) int { return cmp.Compare(a.position, b.position) })
	r.finishDesign()
	checked, err := study.Override(r.Study, turncoat.Study{})
	if err != nil {
		return nil, fmt.Errorf("the study that the results make: %w", err)
	}
	r.Study = checked
	return r, nil
}

// Trials returns the number of trials.
func (r *Results) Trials() int { return len(r.trials) }

// design begins the study: with the design that was exported, or with a new one.
func (r *Results) design(l *Layout, name string) error {
	if l.Study != "" {
		text, err := readFile(l.Study, maxPromptFile)
		if err == nil {
			var file studyRecord
			err = json.Unmarshal(text, &file)
			r.Study = file.Study
		}
		if err != nil {
			return fmt.Errorf("%s: %s", l.Study, reasonOf(err))
		}
	}
	switch {
	case name != "":
		r.Study.Name = name
	case r.Study.Name == "":
		r.Study.Name = cmp.Or(exportedStudy(l), l.DefaultName())
	}
	if r.Study.Title == "" {
		r.Study.Title = "Imported from " + filepath.Base(absolute(l.Dir))
	}
	if len(r.Study.Interfaces) == 0 {
		r.Study.Interfaces = []turncoat.Interface{turncoat.InterfacePrompt}
	}
	return nil
}

// exportedStudy returns the study of the first sample, if it is a trial of ours.
func exportedStudy(l *Layout) string {
	if len(l.cells) == 0 {
		return ""
	}
	dir := l.cells[0].dir
	samples := folders(dir)
	if len(samples) == 0 {
		return ""
	}
	s, err := readSampleIn(filepath.Join(dir, samples[0]))
	if err != nil || s.ours == nil {
		return ""
	}
	return s.ours.Trial.Study
}

// finishDesign adds to a new design what the trials show: it describes them, and
// is not what asked for them.
func (r *Results) finishDesign() {
	s := &r.Study
	s.Scenarios = nil
	add := func(list *[]string, value string) {
		if !slices.Contains(*list, value) {
			*list = append(*list, value)
		}
	}
	for _, t := range r.trials {
		add(&s.Scenarios, r.scenarioOf(t.trial.World.Scenario))
	}
	if len(s.Models) > 0 {
		return // it was exported with its design
	}
	s.Factors = map[string][]string{}
	for _, t := range r.trials {
		add(&s.Models, t.trial.Model)
		for factor, level := range t.trial.World.Condition {
			levels := s.Factors[factor]
			add(&levels, level)
			s.Factors[factor] = levels
		}
		s.Trials = max(s.Trials, t.trial.Number)
	}
	for _, levels := range s.Factors {
		slices.Sort(levels)
	}
	if s.Judge == "" {
		s.Judge = study.DefaultJudge
		for _, name := range slices.Sorted(maps.Keys(r.Verdicts)) {
			if s.Judge == study.DefaultJudge || r.Verdicts[name] > r.Verdicts[s.Judge] {
				s.Judge = name
			}
		}
	}
}

// scenarioOf returns how a design names a scenario: by its folder if it was
// written here.
func (r *Results) scenarioOf(name string) string {
	for _, folder := range r.prompts.Folders {
		if filepath.Base(folder) == name {
			return folder
		}
	}
	return name
}

func (r *Results) problem(path, format string, args ...any) {
	r.Problems = append(r.Problems, Problem{path, fmt.Sprintf(format, args...)})
}

// readCell reads the samples of a model in a condition.
func (r *Results) readCell(cell resultCell, seen map[turncoat.TrialID]string) {
	model, err := url.PathUnescape(cell.model)
	if err != nil || !modelName.MatchString(model) {
		r.problem(cell.dir, "%q is no name of a model: letters, digits and . - _ : @ + are", cell.model)
		return
	}
	cell.model = model
	unknown := 0
	for _, folder := range folders(cell.dir) {
		dir := filepath.Join(cell.dir, folder)
		number := sampleName.FindStringSubmatch(folder)
		if number == nil {
			r.problem(dir, "its name is not sample_NNN")
			continue
		}
		s, broken := readSampleIn(dir)
		n, _ := strconv.Atoi(number[1]) // the pattern bounds it
		trial, ok, err := r.trial(cell, n, s)
		if err != nil {
			r.problem(filepath.Join(dir, responseFile), "%v; it was left out", err)
			continue
		}
		if !ok {
			unknown++
			continue
		}
		trial.Study = r.Study.Name
		if other, twice := seen[trial.ID()]; twice {
			r.problem(dir, "it is the same trial as %s", other)
			continue
		}
		seen[trial.ID()] = dir
		if broken != nil {
			r.problem(filepath.Join(dir, responseFile), "%s; it is kept as a trial that failed", reasonOf(broken))
		}
		t := resultTrial{trial: trial, dir: dir}
		if s.ours != nil {
			t.position = s.ours.Position
		}
		r.trials = append(r.trials, t)
		r.count(s)
	}
	if unknown > 0 {
		r.problem(cell.dir, "there is no usable prompt of this condition, so nothing can be said of what the model was told: none of its samples (%d) was imported", unknown)
	}
}

// readSampleIn reads the sample in a directory. With an error comes one that
// broke, which is what is known of it.
func readSampleIn(dir string) (sample, error) {
	text, err := readFile(filepath.Join(dir, responseFile), maxResponseFile)
	if err == nil {
		var s sample
		if s, err = readSample(text); err == nil {
			return s, nil
		}
	}
	return sample{broken: responseFile + ": " + reasonOf(err)}, err
}

func (r *Results) count(s sample) {
	switch {
	case s.ours != nil && s.ours.Status == turncoat.StatusPlanned:
		r.NotRun++
	case s.ours != nil && s.ours.Status == turncoat.StatusFailed, s.ours == nil && s.broken != "":
		r.Failed++
	default:
		r.Replied++
	}
	switch {
	case s.ours != nil:
		for _, j := range s.ours.Judgements {
			if j.Verdict != nil {
				r.Verdicts[j.Judge]++
			}
		}
	case s.broken == "" && s.judgment != nil && s.judgment.unusable == "":
		r.Verdicts[judge.ForeignName(judge.Lynch2025, s.judgment.model)]++
	}
}

// trial returns the trial that a sample becomes: as it was, if it is one of ours
// in a world that is known here, and else one of an imported model in the world
// of its directory's name. It reports whether that is known. The error says that
// one of ours was changed.
func (r *Results) trial(cell resultCell, number int, s sample) (trial turncoat.Trial, known bool, err error) {
	if w := r.worldOf(s); w != nil {
		_, err := restored(w, s)
		return s.ours.Trial, true, err
	}
	id, ok := r.prompts.worlds[cell.condition]
	if !ok {
		return turncoat.Trial{}, false, nil
	}
	model := ModelPrefix + cell.model
	if s.ours != nil && modelName.MatchString(s.ours.Trial.Model) {
		model = s.ours.Trial.Model // a stand-in stays known as one
	}
	return turncoat.Trial{World: id, Interface: turncoat.InterfacePrompt, Model: model, Number: number}, true, nil
}

// worldOf returns the world of a sample that is a trial of ours and can be
// restored here, and nil for any other.
func (r *Results) worldOf(s sample) *turncoat.World {
	if s.ours == nil || s.ours.Trial.Interface != turncoat.InterfacePrompt || !modelName.MatchString(s.ours.Trial.Model) {
		return nil
	}
	w, err := r.prompts.library.World(s.ours.Trial.World)
	if err != nil {
		return nil
	}
	return w
}

// Store makes the trials the study's plan, and stores their transcripts and
// verdicts. What is stored already it leaves alone, so that it can be called
// again after an interruption.
func (r *Results) Store(ctx context.Context, store turncoat.Store) error {
	_, err := store.Study(ctx, r.Study.Name)
	again := err == nil
	if err != nil && !errors.Is(err, turncoat.ErrNotFound) {
		return err
	}
	plan := func(yield func(turncoat.Trial) bool) {
		for _, t := range r.trials {
			if !yield(t.trial) {
				return
			}
		}
	}
	if err := store.SavePlan(ctx, r.Study, plan); err != nil {
		return err
	}
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(8 * runtime.GOMAXPROCS(0)) // most of the time they wait for a commit, which they share
	for _, t := range r.trials {
		group.Go(func() error {
			if err := r.storeTrial(ctx, store, t, again); err != nil {
				return fmt.Errorf("%s: %w", t.dir, err)
			}
			return nil
		})
	}
	return group.Wait()
}

// storeTrial stores a trial's transcript and verdicts.
func (r *Results) storeTrial(ctx context.Context, store turncoat.Store, t resultTrial, again bool) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	s, _ := readSampleIn(t.dir) // an error was reported with the plan, and made the sample a broken one
	w, err := r.prompts.library.World(t.trial.World)
	if err != nil {
		return err
	}
	session := agent.Session{Trial: t.trial, World: w, Program: r.program, Now: func() time.Time { return r.at(s) }}
	if again {
		before, err := store.Transcript(ctx, t.trial.ID())
		if err != nil {
			return err
		}
		session.Before = before.Events
	}
	status, events, judgements, err := r.outcome(session, s)
	if err != nil {
		return err
	}
	if len(events) > 0 {
		if err := store.Append(ctx, t.trial.ID(), status, events...); err != nil {
			return err
		}
	}
	for _, j := range judgements {
		if err := store.SaveJudgement(ctx, j); err != nil {
			return err
		}
	}
	return nil
}

// at returns when a sample was taken, as far as it says so.
func (r *Results) at(s sample) time.Time {
	if s.at.IsZero() {
		return r.now()
	}
	return s.at
}

// outcome returns what is to be added to a trial's transcript, and its
// judgements.
func (r *Results) outcome(session agent.Session, s sample) (turncoat.Status, []turncoat.Event, []turncoat.Judgement, error) {
	id := session.Trial.ID()
	if r.worldOf(s) != nil {
		events, err := restored(session.World, s)
		if err != nil {
			return "", nil, nil, err
		}
		for i := range s.ours.Judgements {
			s.ours.Judgements[i].Trial = id
		}
		return s.ours.Status, events[min(len(session.Before), len(events)):], s.ours.Judgements, nil
	}
	over := turncoat.Transcript{Events: session.Before}.Ending() != nil
	switch {
	case s.broken != "" && len(session.Before) > 0:
		return turncoat.StatusFailed, nil, nil, nil
	case s.broken != "":
		return turncoat.StatusFailed, session.Fail(turncoat.Failure{Stage: turncoat.StageImport, Message: s.broken}), nil, nil
	}
	if over && replyOf(session.Before) != s.reply {
		return "", nil, nil, errors.New("the store has another reply of this trial: import this one under another --name")
	}
	var events []turncoat.Event
	if !over {
		events = session.Conclude(turncoat.Reply{
			Message: turncoat.TextMessage(turncoat.RoleAssistant, s.reply),
			Model:   returnedModel(session.Trial.Model, s), Stop: turncoat.StopEnd,
		})
	}
	var judgements []turncoat.Judgement
	if s.judgment != nil {
		judgements = append(judgements, s.judgment.judgement(id, r.at(s).UTC()))
	}
	return turncoat.StatusFinished, events, judgements, nil
}

// replyOf returns the text of the reply in a transcript.
func replyOf(events []turncoat.Event) string {
	for _, e := range events {
		if e.Reply != nil {
			return e.Reply.Message.Text()
		}
	}
	return ""
}

// returnedModel returns the name under which a reply came: the file's, if it is
// a name at all, and else the directory's.
func returnedModel(asked string, s sample) string {
	if modelName.MatchString(s.model) && !turncoat.IsStandIn(s.model) {
		return s.model
	}
	return strings.TrimPrefix(asked, ModelPrefix)
}

// restored returns the events of a trial of ours with the texts that the model
// was sent. Events that could not have happened in the world, or that do not
// lead to the reply that the file shows, are an error.
func restored(w *turncoat.World, s sample) ([]turncoat.Event, error) {
	system, user := agent.Prompt(w)
	events := slices.Clone(s.ours.Events)
	for i, e := range events {
		switch {
		case e.Seq != i:
			return nil, fmt.Errorf("event %d of the trial has number %d", i, e.Seq)
		case e.Setup != nil:
			setup := *e.Setup
			setup.System = system
			events[i].Setup = &setup
		case e.Input != nil:
			input := turncoat.TextMessage(turncoat.RoleUser, user)
			events[i].Input = &input
		}
	}
	if replyOf(events) != s.reply {
		return nil, errors.New("raw_response is not the reply of the trial's events: one of them was changed")
	}
	if err := s.ours.check(); err != nil {
		return nil, err
	}
	if _, err := world.Rebuild(w, events); err != nil {
		return nil, err
	}
	return events, nil
}

// check refuses a record whose parts contradict each other.
func (t *trialRecord) check() error {
	ended := turncoat.Transcript{Events: t.Events}.Ending() != nil
	switch t.Status {
	case turncoat.StatusFinished:
		if !ended {
			return errors.New("the trial is said to have finished, and its events have no ending")
		}
	case turncoat.StatusFailed, turncoat.StatusPlanned:
		if ended {
			return fmt.Errorf("the trial is said to be %s, and its events have an ending", t.Status)
		}
	default:
		return fmt.Errorf("the trial has a status %q that does not exist", t.Status)
	}
	for _, j := range t.Judgements {
		given := 0
		for _, is := range []bool{j.Verdict != nil, j.Annotation != nil, j.Failure != nil} {
			if is {
				given++
			}
		}
		if j.Judge == "" || given != 1 {
			return fmt.Errorf("the judgement of %q must be one of a verdict, an annotation and a failure", j.Judge)
		}
	}
	return nil
}

// studyRecord is our file beside what is exported.
type studyRecord struct {
	Program string         `json:"program"`
	Study   turncoat.Study `json:"study"`
}

// encode writes JSON for people and programs, with the agent's tags as they are.
func encode(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	err := e.Encode(v)
	return b.Bytes(), err
}
