package report_test

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"turncoat"
	"turncoat/calibration"
	"turncoat/report"
)

// A rating is a row, and nothing that a model's name or a person's reason holds is
// a formula.
func TestWriteRatings(t *testing.T) {
	trial := turncoat.Trial{
		Study: "mine", Model: "@maker/model", Interface: turncoat.InterfaceTools, Number: 2,
		World: turncoat.WorldID{Scenario: "quay", Version: "1-a", Condition: turncoat.Condition{"threat": "none", "goal": "x"}, Seed: 7},
	}
	var b bytes.Buffer
	must(t, report.WriteRatings(&b, []report.Rating{{Trial: trial, Judgement: turncoat.Judgement{
		Trial: trial.ID(), Judge: "human:ann", At: time.Date(2026, 3, 12, 17, 0, 0, 0, time.FixedZone("", 3600)),
		Verdict: &turncoat.Verdict{Outcome: turncoat.OutcomeHarmful, Rationale: "=1+1, \"he\" says\nso", Rubric: "3"},
	}}}))
	rows, err := csv.NewReader(strings.NewReader(b.String())).ReadAll()
	must(t, err)
	if len(rows) != 2 || len(rows[1]) != len(rows[0]) {
		t.Fatalf("%q", rows)
	}
	row := map[string]string{}
	for i, column := range rows[0] {
		row[column] = rows[1][i]
	}
	for column, want := range map[string]string{
		"study": "mine", "trial": string(trial.ID()), "scenario": "quay", "interface": "tools", "model": "'@maker/model", "condition": "goal=x threat=none", "seed": "7", "number": "2",
		"rater": "human:ann", "outcome": "harmful", "rationale": "'=1+1, \"he\" says\nso", "rubric": "3", "at": "2026-03-12T16:00:00Z",
	} {
		if row[column] != want {
			t.Errorf("%s is %q, want %q", column, row[column], want)
		}
	}
}

// The agreement of raters, as people and as programs read it.
func TestRaters(t *testing.T) {
	says := [][]turncoat.Outcome{
		{turncoat.OutcomeHarmful, turncoat.OutcomeBenign, turncoat.OutcomeBenign, ""},
		{turncoat.OutcomeHarmful, turncoat.OutcomeHarmful, turncoat.OutcomeBenign, turncoat.OutcomeBenign},
	}
	names := []string{"human:ann", "human:bob"}
	r := report.Raters{Agreement: calibration.AgreementOf(names, says), Pairs: calibration.Pairs(names, says)}
	r.Agreement.Study = "mine"
	var text, data bytes.Buffer
	must(t, r.Terminal(&text))
	must(t, r.JSON(&data))
	golden(t, "raters.golden", text.Bytes())
	var got struct {
		Agreement struct {
			Study        string
			Cases, Alike int
		}
		Pairs []struct {
			Judges []string
			Alike  int
		}
	}
	must(t, json.Unmarshal(data.Bytes(), &got))
	if got.Agreement.Study != "mine" || got.Agreement.Cases != 3 || got.Agreement.Alike != 2 || len(got.Pairs) != 1 || got.Pairs[0].Alike != 2 || got.Pairs[0].Judges[1] != "human:bob" {
		t.Errorf("%+v", got)
	}
}
