package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"turncoat/provider"
	"turncoat/report"
	"turncoat/scenario"
	"turncoat/studies"
	"turncoat/study"
)

// built is turncoat as its users have it. The race detector, which this test
// binary may have, would make ten thousand trials take minutes; what they do side
// by side is tested elsewhere.
type built struct {
	t    *testing.T
	path string
	dir  string // where it is run
}

func newBuilt(t *testing.T) built {
	t.Helper()
	b := built{t: t, dir: t.TempDir()}
	b.path = filepath.Join(b.dir, "turncoat")
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", b.path, ".").CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	return b
}

// run runs a command that must succeed, and returns what it printed.
func (b built) run(args ...string) []byte {
	b.t.Helper()
	cmd := exec.CommandContext(b.t.Context(), b.path, args...)
	cmd.Dir = b.dir
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		b.t.Fatalf("turncoat %s: %v\n%s%s", strings.Join(args, " "), err, out, stderr.Bytes())
	}
	return out
}

// Every experiment of the paper runs on stand-ins with all of its trials, and what
// is counted agrees with what is published: no difference is told from 0, and
// nearly all intervals of differences hold it (all but one in twenty would if the
// published rates were the truth, and they are samples too). The full study is
// left to BenchmarkFullStudy.
func TestPaperStudies(t *testing.T) {
	bars := map[string]int{"fig07": 16, "fig08": 16, "fig09": 16, "fig10": 8, "fig11": 10, "fig12": 4, "controls": 32, "awareness": 5}
	turncoat := newBuilt(t)
	for name, want := range bars {
		turncoat.run("run", "lynch2025/"+name, "--stand-ins")
		var got report.Comparison
		if err := json.Unmarshal(turncoat.run("compare", "lynch2025-"+name+"-stand-ins", "--format", "json"), &got); err != nil {
			t.Fatal(err)
		}
		s := got.Summary
		if len(got.Figures) != 1 || s.Rows != want || s.Differ != 0 || s.Rows-s.Within > 1+s.Rows/10 {
			t.Errorf("%s: %d figures, summary %+v; want one with %d bars that agree", name, len(got.Figures), s, want)
		}
		if name == "fig11" {
			checkLeftOut(t, got.Figures[0])
		}
	}
}

// checkLeftOut expects that the six models which the paper's controls exclude
// are excluded by ours, or have an outcome of their controls that lets them in.
func checkLeftOut(t *testing.T, f report.ComparedFigure) {
	t.Helper()
	excluded := 0
	for _, row := range f.Rows {
		switch {
		case row.LeftOut == "" && row.Ours == nil:
			t.Errorf("%s has no rate", row.Model)
		case row.LeftOut != "" && row.Excluded != nil:
			excluded++
			if row.Ours != nil || row.Excluded.N != 100 || row.Excluded.Harmful < 2 {
				t.Errorf("%s is excluded with a rate, or without reason: %+v", row.Model, row)
			}
		}
	}
	if len(f.Rows) != 16 || excluded < 4 {
		t.Errorf("of %d models %d are excluded; the stand-ins of six do the harm in 6 %% of controls", len(f.Rows), excluded)
	}
}

// The designs for later models ask for the same conditions as those for the
// paper's.
func TestDesignsOfToday(t *testing.T) {
	const folder, today = "lynch2025/", "lynch2025/today/"
	found := 0
	for _, name := range studies.Names() {
		base, ok := strings.CutPrefix(name, today)
		if !ok {
			continue
		}
		found++
		old, _, err := readDesign(folder + base)
		if err != nil {
			t.Fatal(err)
		}
		design, _, err := readDesign(name)
		if err != nil {
			t.Fatal(err)
		}
		design.Name, design.Title, design.Models = old.Name, old.Title, old.Models
		a, errA := json.Marshal(old)
		b, errB := json.Marshal(design)
		if errA != nil || errB != nil || !bytes.Equal(a, b) {
			t.Errorf("%s differs from %s in more than its models:\n%s\n%s", name, folder+base, b, a)
		}
	}
	if found != 9 {
		t.Errorf("there are %d designs of today, want 9", found)
	}
}

// The costs in docs/replication.md are what plan estimates.
func TestReplicationCosts(t *testing.T) {
	const file, begin, end = "../../docs/replication.md", "<!-- costs: made by `make generate` -->\n", "<!-- end of costs -->"
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, ok := strings.Cut(string(text), begin)
	_, after, closed := strings.Cut(rest, end)
	if !ok || !closed {
		t.Fatalf("%s has no place for the costs", file)
	}
	want := before + begin + costsTable(t) + end + after
	if *update {
		if err := os.WriteFile(file, []byte(want), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(want, string(text)); diff != "" {
		t.Errorf("%s (-want +got; make generate rewrites it):\n%s", file, diff)
	}
}

// costsTable lists the paper's experiments with what they take.
func costsTable(t *testing.T) string {
	t.Helper()
	var b strings.Builder
	b.WriteString("| experiment | what it asks | trials | the paper's models | models of today |\n| --- | --- | --- | --- | --- |\n")
	for _, name := range studies.Names() {
		base, ok := strings.CutPrefix(name, "lynch2025/")
		if !ok || strings.HasPrefix(base, "today/") {
			continue
		}
		paper, old := estimateOf(t, name)
		_, today := estimateOf(t, "lynch2025/today/"+base)
		_, asks, _ := strings.Cut(paper.Study.Title, ": ")
		if asks == "" {
			asks = paper.Study.Title
		}
		fmt.Fprintf(&b, "| `%s` | %s | %d | $%.0f | $%.0f for %d |\n", name, asks, old.Trials, old.Cost, today.Cost, today.Trials)
		for _, e := range []study.Estimate{old, today} {
			if len(e.Unpriced) > 0 {
				t.Errorf("%s: no price is known for %s", name, e.Unpriced)
			}
		}
	}
	return b.String()
}

func estimateOf(t *testing.T, name string) (*study.Plan, study.Estimate) {
	t.Helper()
	design, dir, err := readDesign(name)
	if err != nil {
		t.Fatal(err)
	}
	lib := scenario.NewLibrary()
	plan, err := study.NewPlan(design, dir, lib)
	if err != nil {
		t.Fatal(err)
	}
	e, err := plan.Estimate(lib.World, provider.PriceOf)
	if err != nil {
		t.Fatal(err)
	}
	return plan, e
}
