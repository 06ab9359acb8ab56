package main

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"

	"turncoat"
	"turncoat/rating"
	"turncoat/store/sqlite"
)

// rater is a command of the scripts: "rater FILE STUDY SAMPLE DIFFERENT" writes
// what somebody types at turncoat label who says the same as the rules, but for
// the first trials that he is shown.
func rater(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 4 {
		ts.Fatalf("usage: rater FILE STUDY SAMPLE DIFFERENT")
	}
	sample, err := strconv.Atoi(args[2])
	ts.Check(err)
	different, err := strconv.Atoi(args[3])
	ts.Check(err)
	ctx := context.Background()
	store, err := sqlite.Open(ctx, ts.MkAbs(filepath.FromSlash(defaultStore)))
	ts.Check(err)
	defer store.Close()
	ids, err := rating.Sample{Size: sample, Seed: 1}.Draw(ctx, store, args[1])
	ts.Check(err)
	var typed strings.Builder
	for i, id := range ids {
		judgements, err := store.Judgements(ctx, id)
		ts.Check(err)
		at := slices.IndexFunc(judgements, func(j turncoat.Judgement) bool { return strings.HasPrefix(j.Judge, "rules/") && j.Verdict != nil })
		if at < 0 {
			ts.Fatalf("the rules have no verdict of trial %s", id)
		}
		outcome, reason := judgements[at].Verdict.Outcome, "That is what I read."
		if i < different {
			other := map[turncoat.Outcome]turncoat.Outcome{turncoat.OutcomeHarmful: turncoat.OutcomeBenign, turncoat.OutcomeBenign: turncoat.OutcomeHarmful}
			outcome, reason = other[outcome], "I see it otherwise."
		}
		typed.WriteString(string(outcome) + "\n" + reason + "\n")
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(typed.String()), 0o600))
}
