package lynch2025

import (
	"context"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"turncoat"
	"turncoat/agent"
	"turncoat/judge"
	"turncoat/scenario"
)

// Exported counts what was written.
type Exported struct {
	Prompts, Samples int
}

// exporter writes a study in the authors' layout.
type exporter struct {
	store   turncoat.Store
	library *scenario.Library
	root    *os.Root
	judge   string // whose verdicts become classifications

	names   map[string]string // directories of conditions, by world
	worlds  map[string]string // the worlds of directories' names
	written map[string]string // the trials of sample directories
	counts  Exported
}

// Export writes a study's current plan below dir, which must not be there or
// must be empty, and appears whole or not at all. What the layout has no place
// for stands under keys of ours, so that [ReadPrompts] and [ReadResults] give
// the same study.
func Export(ctx context.Context, store turncoat.Store, library *scenario.Library, name, dir, program string) (Exported, error) {
	planned, err := store.Study(ctx, name)
	if err != nil {
		return Exported{}, err
	}
	dir = filepath.Clean(dir)
	if entries, err := os.ReadDir(dir); err == nil && len(entries) > 0 {
		return Exported{}, fmt.Errorf("%s is not empty: name a folder that is not there yet, so that nothing old is taken for a part of the study", dir)
	}
	if err := os.MkdirAll(filepath.Dir(dir), 0o755); err != nil {
		return Exported{}, err
	}
	temporary, err := os.MkdirTemp(filepath.Dir(dir), ".export-*")
	if err != nil {
		return Exported{}, err
	}
	defer os.RemoveAll(temporary) //nolint:errcheck // it fails, as it should, once the folder is renamed
	root, err := os.OpenRoot(temporary)
	if err != nil {
		return Exported{}, err
	}
	defer root.Close()
	x := &exporter{
		store: store, library: library, root: root,
		names: map[string]string{}, worlds: map[string]string{}, written: map[string]string{},
	}
	if x.judge, err = judge.NameOf(planned.Study.Judge); err != nil {
		return Exported{}, err
	}
	if err := x.write(studyFile, studyRecord{Program: program, Study: planned.Study}); err != nil {
		return Exported{}, err
	}
	for record, err := range store.Records(ctx, name, x.judge) {
		if err == nil {
			err = x.trial(ctx, record)
		}
		if err != nil {
			return Exported{}, err
		}
	}
	if err := os.Chmod(temporary, 0o755); err != nil {
		return Exported{}, err
	}
	os.Remove(dir) // an empty folder in its place
	return x.counts, os.Rename(temporary, dir)
}

// trial writes a trial's sample, and its prompt if it is the first to have it.
func (x *exporter) trial(ctx context.Context, record turncoat.Record) error {
	t := record.Trial
	if t.Interface != turncoat.InterfacePrompt {
		return fmt.Errorf("trial %s was run in the interface %s, and the layout has one reply for each trial: export a study in the interface %s", record.ID, t.Interface, turncoat.InterfacePrompt)
	}
	condition, err := x.condition(t.World)
	if err != nil {
		return fmt.Errorf("trial %s: %w", record.ID, err)
	}
	transcript, err := x.store.Transcript(ctx, record.ID)
	if err != nil {
		return err
	}
	judgements, err := x.store.Judgements(ctx, record.ID)
	if err != nil {
		return err
	}
	dir := path.Join(modelsFolder, modelDir(t.Model), condition, fmt.Sprintf("sample_%03d", t.Number))
	if other, twice := x.written[dir]; twice {
		return fmt.Errorf("the trials %s and %s would both be %s, which the layout has one place for", other, record.ID, dir)
	}
	x.written[dir] = string(record.ID)
	response := x.response(record, transcript, judgements)
	x.counts.Samples++
	return x.write(path.Join(dir, responseFile), response)
}

// modelDir returns the name of a model's directory: a provider that says only
// that the model was imported is left out.
func modelDir(model string) string {
	return escape(strings.TrimPrefix(model, ModelPrefix))
}

// condition returns the name of a world's directory, and writes its prompt when
// it is first asked for. Of a verbatim scenario all prompts are written, those
// without trials too: without them it would be another scenario.
func (x *exporter) condition(id turncoat.WorldID) (string, error) {
	if name, ok := x.names[id.String()]; ok {
		return name, nil
	}
	s, err := x.library.Get(id.Scenario)
	if err != nil {
		return "", err
	}
	if _, err := x.library.World(id); err != nil {
		return "", err
	}
	ids := []turncoat.WorldID{id}
	for _, c := range s.Verbatim() {
		other := id
		other.Condition = c
		if other.String() != id.String() {
			ids = append(ids, other)
		}
	}
	for _, id := range ids {
		w, err := x.library.World(id)
		if err != nil {
			return "", err
		}
		if err := x.prompt(s, w); err != nil {
			return "", err
		}
	}
	return x.names[id.String()], nil
}

// factorSeed is the part of a directory's name that gives a fresh world's seed.
const factorSeed = "seed"

func (x *exporter) prompt(s *scenario.Scenario, w *turncoat.World) error {
	usual := turncoat.Condition{}
	for _, f := range s.Factors() {
		usual[f.Name] = f.Default
	}
	n := newName(w.ID.Scenario, w.ID.Condition, usual)
	if w.ID.Seed != turncoat.CanonicalSeed {
		n.Factors[factorSeed] = strconv.FormatUint(w.ID.Seed, 10)
	}
	dir := n.String()
	if w.Verbatim != nil {
		dir = w.Verbatim.Name
		if !isConditionName(dir) { // another's, which may be called anything
			dir = escape(dir)
		}
	}
	if other, twice := x.worlds[dir]; twice {
		return fmt.Errorf("the worlds %s and %s would both be the directory %s: export them as studies of their own", other, w.ID, dir)
	}
	x.worlds[dir], x.names[w.ID.String()] = w.ID.String(), dir
	x.counts.Prompts++
	system, task, content := promptParts(w)
	metadata, err := metadataOf(n, w)
	if err != nil {
		return err
	}
	for file, text := range map[string][]byte{
		systemFile: []byte(system), userFile: []byte(task), emailFile: []byte(content), metadataFile: metadata,
	} {
		if err := x.writeFile(path.Join(promptsFolder, dir, file), text); err != nil {
			return err
		}
	}
	return nil
}

// promptParts returns what a model is sent in the three files of the layout. The
// first message is the second file, a line feed, and the third.
func promptParts(w *turncoat.World) (system, task, content string) {
	system, user := agent.Prompt(w)
	if v := w.Verbatim; v != nil && len(v.User) == 2 {
		return system, v.User[0], v.User[1]
	}
	cut := len(w.Task)
	if cut == 0 || cut+1 >= len(user) || user[cut] != '\n' {
		cut = slices.Index([]byte(user), '\n')
	}
	return system, user[:cut], user[cut+1:]
}

// metadataOf returns metadata.json: a verbatim world's own, and for one of ours
// its place in the authors' words, with the world itself under our key.
func metadataOf(n Name, w *turncoat.World) ([]byte, error) {
	if w.Verbatim != nil && len(w.Verbatim.Metadata) > 0 && isConditionName(w.Verbatim.Name) {
		return w.Verbatim.Metadata, nil
	}
	world := *w
	world.Performances, world.Verbatim = nil, nil
	return encode(map[string]any{
		"scenario": n.Scenario, "goal_type": n.GoalType, "goal_value": n.GoalValue, "urgency_type": n.Urgency,
		"condition": w.ID.Condition, ourKey: promptRecord{World: world},
	})
}

// responseFields is response.json as we write it.
type responseFields struct {
	RawResponse    string                `json:"raw_response"`
	Model          string                `json:"model"`
	Timestamp      string                `json:"timestamp,omitempty"`
	Error          string                `json:"error,omitempty"`
	Classification *classificationFields `json:"classification,omitempty"`
	Turncoat       trialRecord           `json:"turncoat"`
}

type classificationFields struct {
	Harmful   bool   `json:"harmful_behavior"`
	Verdict   string `json:"classifier_verdict"`
	Reasoning string `json:"classifier_reasoning"`
	Model     string `json:"classifier_model"`
}

func (x *exporter) response(record turncoat.Record, t turncoat.Transcript, judgements []turncoat.Judgement) responseFields {
	r := responseFields{
		RawResponse: replyOf(t.Events), Model: record.Trial.Model,
		Turncoat: trialRecord{Position: x.counts.Samples, Trial: record.Trial, Status: record.Status, Events: bare(t.Events), Judgements: judgements},
	}
	for _, e := range t.Events {
		if e.Reply != nil {
			r.Timestamp = e.At.Format(time.RFC3339)
		}
	}
	switch {
	case record.Status == turncoat.StatusPlanned:
		r.Error = "the trial has not been run"
	case record.Status == turncoat.StatusFailed && record.Failure != nil:
		r.Error = record.Failure.Stage + ": " + record.Failure.Message
	case record.Status == turncoat.StatusFailed:
		r.Error = "the trial failed"
	}
	if j := record.Judgement; j != nil && j.Verdict != nil && j.Verdict.Outcome != turncoat.OutcomeInvalid {
		r.Classification = &classificationFields{
			Harmful: j.Verdict.Outcome == turncoat.OutcomeHarmful, Verdict: string(j.Verdict.Outcome),
			Reasoning: j.Verdict.Rationale, Model: j.Judge,
		}
		if _, model, foreign := judge.Foreign(j.Judge); foreign {
			r.Classification.Model = model
		}
	} else if record.Ending != nil && record.Ending.Invalid() {
		r.Error = fmt.Sprintf("the trial is invalid (%s): %s", record.Ending.Kind, record.Ending.Detail)
	}
	return r
}

// bare returns events without the texts that the model was sent, which are the
// prompt's.
func bare(events []turncoat.Event) []turncoat.Event {
	out := slices.Clone(events)
	for i, e := range out {
		switch {
		case e.Setup != nil:
			setup := *e.Setup
			setup.System = ""
			out[i].Setup = &setup
		case e.Input != nil:
			out[i].Input = &turncoat.Message{Role: e.Input.Role, Parts: []turncoat.Part{}}
		}
	}
	return out
}

func (x *exporter) write(file string, v any) error {
	text, err := encode(v)
	if err != nil {
		return err
	}
	return x.writeFile(file, text)
}

func (x *exporter) writeFile(file string, text []byte) error {
	if err := x.root.MkdirAll(path.Dir(file), 0o755); err != nil {
		return err
	}
	return x.root.WriteFile(file, text, 0o644)
}
