package sqlite_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"turncoat"
	"turncoat/store/sqlite"
	"turncoat/store/storetest"
)

// readOnly makes a store with a study in a file that must not be written, and
// returns its path. (Who runs as root could write to a folder of any mode.)
func readOnly(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "results.db")
	store := open(t, path)
	must(t, store.SavePlan(t.Context(), turncoat.Study{Name: "s"}, slices.Values(storetest.Trials("s", 3))))
	must(t, store.Close())
	must(t, os.Chmod(path, 0o400))
	return path
}

func beside(t *testing.T, path string) []string {
	t.Helper()
	entries, err := os.ReadDir(filepath.Dir(path))
	must(t, err)
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

// What cannot be written is read, and nothing appears beside it.
func TestOpenToRead(t *testing.T) {
	path := readOnly(t)
	store, err := sqlite.OpenToRead(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	records := 0
	for _, err := range store.Records(t.Context(), "s", "rules/3") {
		must(t, err)
		records++
	}
	if records != 3 {
		t.Errorf("%d records, want 3", records)
	}
	if err := store.SavePlan(t.Context(), turncoat.Study{Name: "s"}, slices.Values(storetest.Trials("s", 1))); err == nil {
		t.Error("a plan was saved")
	}
	if err := store.SaveJudgement(t.Context(), turncoat.Judgement{Trial: storetest.Trials("s", 1)[0].ID(), Judge: "rules/3", Verdict: &turncoat.Verdict{Outcome: turncoat.OutcomeBenign}}); err == nil {
		t.Error("a verdict was saved")
	}
	if got := beside(t, path); !slices.Equal(got, []string{"results.db"}) {
		t.Errorf("while it is read there are %v", got)
	}
	must(t, store.Close())
	if got := beside(t, path); !slices.Equal(got, []string{"results.db"}) {
		t.Errorf("afterwards there are %v", got)
	}
}

func TestOpenToReadRefuses(t *testing.T) {
	for name, test := range map[string]struct {
		prepare func(t *testing.T, path string)
		want    string
	}{
		"changes that are not in the file yet": {
			func(t *testing.T, path string) { must(t, os.WriteFile(path+"-wal", []byte("changes"), 0o400)) },
			"copy both to a folder that can be written",
		},
		"a file of an older Turncoat": {
			func(t *testing.T, path string) {
				must(t, os.Chmod(path, 0o600))
				execute(t, path, `DELETE FROM goose_db_version WHERE version_id = 4`)
				must(t, os.Chmod(path, 0o400))
			},
			"older Turncoat",
		},
		"a file of a newer Turncoat": {
			func(t *testing.T, path string) {
				must(t, os.Chmod(path, 0o600))
				execute(t, path, `INSERT INTO goose_db_version (version_id, is_applied) VALUES (999, 1)`)
				must(t, os.Chmod(path, 0o400))
			},
			"newer Turncoat",
		},
		"no file": {func(t *testing.T, path string) { must(t, os.Remove(path)) }, "no such file"},
	} {
		t.Run(name, func(t *testing.T) {
			path := readOnly(t)
			test.prepare(t, path)
			if _, err := sqlite.OpenToRead(t.Context(), path); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("the error is %v, want %q", err, test.want)
			}
		})
	}
}

// A file that somebody writes to after all may have been read half.
func TestChangeWhileReading(t *testing.T) {
	path := readOnly(t)
	store, err := sqlite.OpenToRead(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	must(t, os.Chtimes(path, time.Time{}, time.Now().Add(time.Hour)))
	if err := store.Close(); err == nil || !strings.Contains(err.Error(), "was written while it was read") {
		t.Errorf("the error is %v", err)
	}
}
