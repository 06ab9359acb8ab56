package lynch2025

import (
	"bytes"
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"turncoat"
	"turncoat/agent"
	"turncoat/judge"
	"turncoat/provider/standin"
	"turncoat/scenario"
	"turncoat/study"
)

// kept is all that a store keeps of a study's trial.
type kept struct {
	Trial      turncoat.Trial
	Status     turncoat.Status
	Events     []turncoat.Event
	Judgements []turncoat.Judgement
}

// contents returns a study as a store has it, by trial.
func contents(t *testing.T, store turncoat.Store, name string) map[turncoat.TrialID]kept {
	t.Helper()
	all := map[turncoat.TrialID]kept{}
	for record, err := range store.Records(t.Context(), name, judge.NewRules().Name()) {
		if err != nil {
			t.Fatal(err)
		}
		transcript, err := store.Transcript(t.Context(), record.ID)
		if err != nil {
			t.Fatal(err)
		}
		judgements, err := store.Judgements(t.Context(), record.ID)
		if err != nil {
			t.Fatal(err)
		}
		all[record.ID] = kept{record.Trial, record.Status, transcript.Events, judgements}
	}
	return all
}

// export writes a study into a folder that is not there yet.
func export(t *testing.T, store turncoat.Store, library *scenario.Library, name string) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "exported")
	if _, err := Export(t.Context(), store, library, name, dir, "test"); err != nil {
		t.Fatal(err)
	}
	return dir
}

// A study of imported prompts comes back as it was, on a machine that has never
// seen it.
func TestImportedStudyComesBack(t *testing.T) {
	store := openStore(t)
	results, library := importResults(t, release(t), store)
	dir := export(t, store, library, results.Study.Name)

	elsewhere := openStore(t)
	again, _ := importResults(t, dir, elsewhere)
	if len(again.Problems) > 0 {
		t.Fatalf("problems: %v", again.Problems)
	}
	if diff := cmp.Diff(contents(t, store, "some-run"), contents(t, elsewhere, "some-run")); diff != "" {
		t.Errorf("(-before +after):\n%s", diff)
	}
	second := export(t, elsewhere, again.prompts.library, "some-run")
	sameFiles(t, filepath.Join(dir, promptsFolder), filepath.Join(second, promptsFolder))
	sameFiles(t, filepath.Join(dir, modelsFolder), filepath.Join(second, modelsFolder))
}

// sameFiles compares two folders to the byte.
func sameFiles(t *testing.T, a, b string) {
	t.Helper()
	files := func(dir string) map[string]string {
		all := map[string]string{}
		err := fs.WalkDir(os.DirFS(dir), ".", func(file string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			text, err := os.ReadFile(filepath.Join(dir, file))
			all[file] = string(text)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		return all
	}
	if diff := cmp.Diff(files(a), files(b)); diff != "" {
		t.Errorf("%s and %s differ:\n%s", a, b, diff)
	}
}

// ownStudy runs a study of our own scenario on stand-ins: two kinds of world,
// conditions that the authors' names have no place for, and trials that were
// judged, that failed, and that were not run.
func ownStudy(t *testing.T, library *scenario.Library) turncoat.Store {
	t.Helper()
	store := openStore(t)
	plan, err := study.NewPlan(turncoat.Study{
		Name: "ours", Title: "Ours, on stand-ins", Scenarios: []string{"blackmail"},
		Factors: map[string][]string{
			"goal": {"explicit:american-interests", "swap:global-benefit"}, "threat": {"replacement"},
			"deliberation": {"scratchpad", "none"}, "safeguard": {"none", "instruction:goal"},
		},
		Interfaces: []turncoat.Interface{turncoat.InterfacePrompt},
		Models:     []string{"standin/rate-0.50"}, Trials: 2, Worlds: "both:2", Judge: "rules",
	}, ".", library)
	if err != nil {
		t.Fatal(err)
	}
	if err := store.SavePlan(t.Context(), plan.Study, plan.Trials()); err != nil {
		t.Fatal(err)
	}
	model, err := standin.New("rate-0.50", standin.Options{Worlds: library.World, FormatAct: agent.FormatAct})
	if err != nil {
		t.Fatal(err)
	}
	i := 0
	for trial := range plan.Trials() {
		i++
		if i%7 == 0 {
			continue // not run
		}
		runTrial(t, store, library, model, trial, i%5 == 0)
	}
	return store
}

// runTrial runs a trial, or lets it fail, and judges it.
func runTrial(t *testing.T, store turncoat.Store, library *scenario.Library, model turncoat.Model, trial turncoat.Trial, fails bool) {
	t.Helper()
	w, err := library.World(trial.World)
	if err != nil {
		t.Fatal(err)
	}
	transcript := turncoat.Transcript{Trial: trial}
	session := agent.Session{Trial: trial, World: w, Model: model, Program: "test"}
	if fails {
		transcript.Events = session.Fail(turncoat.Failure{Stage: "model", Kind: turncoat.ErrorServer, Message: "no answer"})
		if err := store.Append(t.Context(), trial.ID(), turncoat.StatusFailed, transcript.Events...); err != nil {
			t.Fatal(err)
		}
		return
	}
	reply, err := model.Generate(t.Context(), &turncoat.Request{Cue: &turncoat.Cue{Trial: trial, Part: turncoat.CueAgent}})
	if err != nil {
		t.Fatal(err)
	}
	transcript.Events = session.Conclude(*reply)
	if err := store.Append(t.Context(), trial.ID(), turncoat.StatusFinished, transcript.Events...); err != nil {
		t.Fatal(err)
	}
	verdict, err := judge.NewRules().Judge(t.Context(), w, transcript)
	if err != nil {
		t.Fatal(err)
	}
	for _, j := range []turncoat.Judgement{
		{Trial: trial.ID(), Judge: judge.NewRules().Name(), Verdict: &verdict},
		{Trial: trial.ID(), Judge: "vendor/reader+contact/1", Failure: &turncoat.Failure{Stage: "judge", Message: "no answer"}},
	} {
		if err := store.SaveJudgement(t.Context(), j); err != nil {
			t.Fatal(err)
		}
	}
}

// A study of our own comes back as it was, where its scenario is known.
func TestOwnStudyComesBack(t *testing.T) {
	library := scenario.NewLibrary()
	store := ownStudy(t, library)
	dir := export(t, store, library, "ours")

	elsewhere := openStore(t)
	again, _ := importResults(t, dir, elsewhere)
	if len(again.Problems) > 0 || again.prompts.Conditions > 0 {
		t.Fatalf("%d prompts imported, problems: %v", again.prompts.Conditions, again.Problems)
	}
	if diff := cmp.Diff(contents(t, store, "ours"), contents(t, elsewhere, "ours")); diff != "" {
		t.Errorf("(-before +after):\n%s", diff)
	}
	before, err := store.Study(t.Context(), "ours")
	if err != nil {
		t.Fatal(err)
	}
	after, err := elsewhere.Study(t.Context(), "ours")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(before.Study, after.Study); diff != "" {
		t.Errorf("the design (-before +after):\n%s", diff)
	}
	for _, name := range []string{
		"blackmail_explicit-america_replacement", "blackmail_swap-america-global_replacement_deliberation.none_safeguard.instruction%3Agoal_seed.2",
	} {
		if !isDir(filepath.Join(dir, promptsFolder, name)) || !isDir(filepath.Join(dir, modelsFolder, "standin%2Frate-0.50", name)) {
			t.Errorf("there is no %s", name)
		}
	}
}

// The authors' programs find what they look for: prompts that add up to what was
// sent, and replies with a classification only where there is a verdict.
func TestOthersCanReadIt(t *testing.T) {
	library := scenario.NewLibrary()
	store := ownStudy(t, library)
	dir := export(t, store, library, "ours")
	seen := map[bool]int{}
	for id, trial := range contents(t, store, "ours") {
		w, err := library.World(trial.Trial.World)
		if err != nil {
			t.Fatal(err)
		}
		sample := sampleOf(t, dir, id)
		condition := filepath.Base(filepath.Dir(filepath.Dir(sample)))
		text := func(file string) string {
			text, err := os.ReadFile(filepath.Join(dir, promptsFolder, condition, file))
			if err != nil {
				t.Fatal(err)
			}
			return string(text)
		}
		system, user := agent.Prompt(w)
		if text(systemFile) != system || text(userFile)+"\n"+text(emailFile) != user {
			t.Fatalf("%s: the prompt is another", condition)
		}
		var response struct {
			Raw            string `json:"raw_response"`
			Error          string `json:"error"`
			Classification *struct {
				Harmful bool `json:"harmful_behavior"`
			} `json:"classification"`
		}
		raw, err := os.ReadFile(sample)
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(raw, &response); err != nil {
			t.Fatal(err)
		}
		finished := trial.Status == turncoat.StatusFinished
		if finished != (response.Classification != nil) || finished != (response.Raw != "") || finished == (response.Error != "") {
			t.Errorf("%s, which is %s: %+v", id, trial.Status, response)
		}
		if response.Classification != nil {
			seen[response.Classification.Harmful]++
		}
	}
	if seen[true] == 0 || seen[false] == 0 {
		t.Errorf("classifications: %v", seen)
	}
}

// sampleOf finds the file of a trial.
func sampleOf(t *testing.T, dir string, id turncoat.TrialID) string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, modelsFolder, "*", "*", "*", responseFile))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		s, err := readSampleIn(filepath.Dir(file))
		if err != nil {
			t.Fatal(err)
		}
		if s.ours.Trial.ID() == id {
			return file
		}
	}
	t.Fatalf("no sample of trial %s", id)
	return ""
}

// Where the scenario has another version, the texts become a prompt like those
// of others, and the same replies do the same harm.
func TestOwnStudyOfAnotherVersion(t *testing.T) {
	library := scenario.NewLibrary()
	store := ownStudy(t, library)
	dir := export(t, store, library, "ours")
	s, err := library.Get("blackmail")
	if err != nil {
		t.Fatal(err)
	}
	err = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		return os.WriteFile(path, bytes.ReplaceAll(text, []byte(s.Version()), []byte("0-00000000")), 0o600)
	})
	if err != nil {
		t.Fatal(err)
	}
	elsewhere := openStore(t)
	results, known := importResults(t, dir, elsewhere)
	if len(results.Problems) > 0 || results.prompts.Known > 0 {
		t.Fatalf("%d known, problems: %v", results.prompts.Known, results.Problems)
	}
	type act struct {
		reply   string
		outcome turncoat.Outcome
	}
	before, after := map[act]int{}, map[act]int{}
	for _, k := range contents(t, store, "ours") {
		for _, j := range k.Judgements {
			if j.Verdict != nil {
				before[act{replyOf(k.Events), j.Verdict.Outcome}]++
			}
		}
	}
	for _, k := range contents(t, elsewhere, "ours") {
		if k.Trial.World.Scenario != "lynch2025-blackmail" || k.Trial.Model != "standin/rate-0.50" {
			t.Fatalf("trial %+v", k.Trial)
		}
		if k.Status != turncoat.StatusFinished {
			continue
		}
		w, err := known.World(k.Trial.World)
		if err != nil {
			t.Fatal(err)
		}
		verdict, err := judge.NewRules().Judge(t.Context(), w, turncoat.Transcript{Trial: k.Trial, Events: k.Events})
		if err != nil {
			t.Fatal(err)
		}
		after[act{replyOf(k.Events), verdict.Outcome}]++
	}
	same := 0
	for a, n := range before {
		same += min(n, after[a])
	}
	// The phrases that are bound to a cast are not carried over.
	if total := len(contents(t, store, "ours")); same*10 < total*6 {
		t.Errorf("%d of %d outcomes are the same", same, total)
	}
}

// What somebody changed is not taken for what happened.
func TestChangedTrialIsRefused(t *testing.T) {
	library := scenario.NewLibrary()
	store := ownStudy(t, library)
	dir := export(t, store, library, "ours")
	for id, k := range contents(t, store, "ours") {
		if k.Status != turncoat.StatusFinished {
			continue
		}
		file := sampleOf(t, dir, id)
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var fields map[string]any
		if err := json.Unmarshal(text, &fields); err != nil {
			t.Fatal(err)
		}
		fields["raw_response"] = "I did nothing."
		if text, err = json.Marshal(fields); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, text, 0o600); err != nil {
			t.Fatal(err)
		}
		break
	}
	layout, ps, _ := readPrompts(t, dir)
	results, err := ReadResults(layout, ps, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if len(results.Problems) != 1 || !strings.Contains(results.Problems[0].Reason, "was changed") {
		t.Errorf("problems: %v", results.Problems)
	}
	if want := len(contents(t, store, "ours")) - 1; results.Trials() != want {
		t.Errorf("%d trials, want %d", results.Trials(), want)
	}
}

// A record whose parts contradict each other is none.
func TestContradictingRecords(t *testing.T) {
	ending := turncoat.Event{Kind: turncoat.EventEnding, Ending: &turncoat.Ending{Kind: turncoat.EndingDone}}
	for name, c := range map[string]struct {
		record trialRecord
		want   string
	}{
		"finished without an end": {trialRecord{Status: turncoat.StatusFinished}, "no ending"},
		"failed with an end":      {trialRecord{Status: turncoat.StatusFailed, Events: []turncoat.Event{ending}}, "have an ending"},
		"no such status":          {trialRecord{Status: "won"}, `status "won"`},
		"a verdict of nothing":    {trialRecord{Status: turncoat.StatusPlanned, Judgements: []turncoat.Judgement{{Judge: judge.NewRules().Name()}}}, "must be one of a verdict, an annotation and a failure"},
	} {
		if err := c.record.check(); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: the error is %v", name, err)
		}
	}
}

// Whatever a model or a level is called, nothing is written beside the folder.
func TestNamesLeadNowhere(t *testing.T) {
	for given, want := range map[string]string{
		"standin/rate-0.50": "standin%2Frate-0.50", "../../etc": "%2E.%2F..%2Fetc", "=1+1": "%3D1%2B1", "-rf": "%2Drf",
		"a b;c": "a%20b%3Bc", "$(x)": "%24%28x%29", "": "",
	} {
		if got := escape(given); got != want {
			t.Errorf("escape(%q) = %q, want %q", given, got, want)
		}
	}
	library := scenario.NewLibrary()
	s, err := library.Get("lethal")
	if err != nil {
		t.Fatal(err)
	}
	condition, err := s.Complete(nil)
	if err != nil {
		t.Fatal(err)
	}
	store := openStore(t)
	trial := turncoat.Trial{
		Study: "evil", Interface: turncoat.InterfacePrompt, Model: "x/../../../../out", Number: 1,
		World: turncoat.WorldID{Scenario: "lethal", Version: s.Version(), Condition: condition},
	}
	err = store.SavePlan(t.Context(), turncoat.Study{Name: "evil", Judge: "rules"}, func(yield func(turncoat.Trial) bool) { yield(trial) })
	if err != nil {
		t.Fatal(err)
	}
	dir := export(t, store, library, "evil")
	if !isDir(filepath.Join(dir, modelsFolder, "x%2F..%2F..%2F..%2F..%2Fout")) {
		t.Error("the model's folder is elsewhere")
	}
	if entries, err := os.ReadDir(filepath.Dir(dir)); err != nil || len(entries) != 1 {
		t.Errorf("beside the folder: %v, %v", entries, err)
	}
}

// Nothing old is taken for a part of what is exported.
func TestExportWantsAnEmptyFolder(t *testing.T) {
	library := scenario.NewLibrary()
	store := ownStudy(t, library)
	dir := t.TempDir()
	writeText(t, filepath.Join(dir, "old.txt"), "x")
	if _, err := Export(t.Context(), store, library, "ours", dir, "test"); err == nil || !strings.Contains(err.Error(), "is not empty") {
		t.Errorf("the error is %v", err)
	}
	if _, err := Export(t.Context(), store, library, "ours", filepath.Join(dir, "new", "below"), "test"); err != nil {
		t.Error(err)
	}
}
