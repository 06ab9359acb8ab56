package sqlite_test

import (
	"database/sql"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/pressly/goose/v3"

	"turncoat"
	"turncoat/store/sqlite"
	"turncoat/store/storetest"
)

func TestStore(t *testing.T) {
	storetest.Run(t, func(t *testing.T, place string) turncoat.Store {
		return open(t, filepath.Join(place, "study #1?.db"))
	})
}

func open(tb testing.TB, path string) *sqlite.Store {
	tb.Helper()
	store, err := sqlite.Open(tb.Context(), path)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { store.Close() })
	return store
}

func TestOpenMakesPrivateFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a", "b", "results.db")
	store := open(t, path)
	trials := storetest.Trials("s", 1)
	if err := store.SavePlan(t.Context(), turncoat.Study{Name: "s"}, slices.Values(trials)); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]fs.FileMode{
		path: 0o600, path + "-wal": 0o600, path + "-shm": 0o600,
		filepath.Dir(path): fs.ModeDir | 0o700, filepath.Dir(filepath.Dir(path)): fs.ModeDir | 0o700,
	} {
		info, err := os.Stat(name)
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode() != want {
			t.Errorf("%s has mode %v, want %v", name, info.Mode(), want)
		}
	}
}

func TestOpenRefuses(t *testing.T) {
	foreign := func(t *testing.T, path string) {
		t.Helper()
		execute(t, path, `CREATE TABLE recipes (name TEXT)`)
	}
	for name, test := range map[string]struct {
		prepare func(t *testing.T, path string)
		want    string
	}{
		"a directory": {
			func(t *testing.T, path string) { must(t, os.Mkdir(path, 0o700)) },
			"is a directory",
		},
		"a text": {
			func(t *testing.T, path string) {
				must(t, os.WriteFile(path, []byte(strings.Repeat("text ", 1000)), 0o600))
			},
			"is not a SQLite file",
		},
		"another program's file": {foreign, "is a SQLite file of another program"},
		"a read-only file": {
			func(t *testing.T, path string) {
				must(t, open(t, path).Close())
				must(t, os.Chmod(path, 0o400))
			},
			"is read-only",
		},
		"a newer file": {
			func(t *testing.T, path string) {
				must(t, open(t, path).Close())
				execute(t, path, `INSERT INTO goose_db_version (version_id, is_applied) VALUES (999, 1)`)
			},
			"newer Turncoat (its tables have version 999",
		},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "results.db")
			test.prepare(t, path)
			before, _ := os.ReadFile(path)
			_, err := sqlite.Open(t.Context(), path)
			if err == nil {
				t.Fatal("opened without an error")
			}
			if !strings.Contains(err.Error(), test.want) || !strings.Contains(err.Error(), path) {
				t.Errorf("error %q does not say %q and which file", err, test.want)
			}
			if after, _ := os.ReadFile(path); !slices.Equal(before, after) {
				t.Error("the file was changed")
			}
		})
	}
}

// A file of the first version, from before there were annotations, keeps all
// that was judged.
func TestOlderFileIsBroughtUpToDate(t *testing.T) {
	path := filepath.Join(t.TempDir(), "results.db")
	db, err := sql.Open("sqlite", "file:"+path)
	must(t, err)
	older, err := goose.NewProvider(goose.DialectSQLite3, db, os.DirFS("migrations"), goose.WithDisableGlobalRegistry(true))
	must(t, err)
	_, err = older.UpTo(t.Context(), 1)
	must(t, err)
	trial := storetest.Trial("s", 1)
	for _, statement := range []string{
		`INSERT INTO studies VALUES (1, 's', '{"name": "s", "scenarios": null, "models": null, "trials": 1}', '2026-11-24T10:00:00Z', 1, 1)`,
		`INSERT INTO settings VALUES (1, '` + trial.World.Scenario + `', '` + trial.World.Version + `', '{}')`,
		`INSERT INTO trials (key, id, study, setting, seed, interface, model, parameters, number, status)
			VALUES (1, '` + string(trial.ID()) + `', 's', 1, 0, 'prompt', 'm', '{}', 1, 'finished')`,
		`INSERT INTO plans VALUES (1, 0, 1)`,
		`INSERT INTO judges VALUES (1, 'rules/1'), (2, 'reader:m/1')`,
		`INSERT INTO judgements (trial, judge, at, verdict) VALUES (1, 1, '2026-11-24T11:00:00Z', '{"outcome": "harmful", "rationale": "so"}')`,
		`INSERT INTO judgements (trial, judge, at, failure) VALUES (1, 2, '2026-11-24T12:00:00Z', '{"stage": "judge", "message": "no answer"}')`,
	} {
		_, err := db.Exec(statement)
		must(t, err)
	}
	must(t, db.Close())

	store := open(t, path)
	judgements, err := store.Judgements(t.Context(), trial.ID())
	must(t, err)
	want := []turncoat.Judgement{
		{Trial: trial.ID(), Judge: "reader:m/1", At: time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC), Failure: &turncoat.Failure{Stage: "judge", Message: "no answer"}},
		{Trial: trial.ID(), Judge: "rules/1", At: time.Date(2026, 11, 24, 11, 0, 0, 0, time.UTC), Verdict: &turncoat.Verdict{Outcome: turncoat.OutcomeHarmful, Rationale: "so"}},
	}
	if diff := cmp.Diff(want, judgements); diff != "" {
		t.Errorf("what was judged before differs (-want +got):\n%s", diff)
	}
	must(t, store.SaveJudgement(t.Context(), turncoat.Judgement{
		Trial: trial.ID(), Judge: "belief/1", At: time.Now().UTC(), Annotation: &turncoat.Annotation{Scheme: "belief"},
	}))
	for record, err := range store.Records(t.Context(), "s", "rules/1", "belief/1") {
		must(t, err)
		if record.Judgement == nil || record.Annotations[0] == nil {
			t.Errorf("the record lacks its verdict or its annotation: %+v", record)
		}
	}
}

func TestOpenAtOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "results.db")
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			store, err := sqlite.Open(t.Context(), path)
			if err != nil {
				t.Error(err)
				return
			}
			if err := store.Close(); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
}

// A prompt of 40 KB that a thousand trials share must not be stored a thousand
// times.
func TestTextsAreStoredOnce(t *testing.T) {
	store := open(t, filepath.Join(t.TempDir(), "results.db"))
	trials := storetest.Trials("s", 1000)
	must(t, store.SavePlan(t.Context(), turncoat.Study{Name: "s"}, slices.Values(trials)))
	prompts := []string{strings.Repeat("0123456789", 4000), strings.Repeat("abcdefghij", 4000)}
	var wg sync.WaitGroup
	for i, trial := range trials {
		wg.Go(func() {
			if err := store.Append(t.Context(), trial.ID(), turncoat.StatusFinished, storetest.Session(prompts[i%2], "yes")...); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	var texts, bytes int
	must(t, store.DB().QueryRow(`SELECT count(*), sum(length(body)) FROM texts`).Scan(&texts, &bytes))
	if texts != 4 || bytes > 170_000 { // a system prompt and an input, twice
		t.Errorf("%d texts of %d bytes are stored, want 4 of less than 170000", texts, bytes)
	}
}

func TestRecordsNoticeReplacedPlan(t *testing.T) {
	store := open(t, filepath.Join(t.TempDir(), "results.db"))
	plan := func(n int) {
		t.Helper()
		must(t, store.SavePlan(t.Context(), turncoat.Study{Name: "s"}, slices.Values(storetest.Trials("s", n))))
	}
	plan(2000)
	var last error
	records := 0
	for _, err := range store.Records(t.Context(), "s", "") {
		if last = err; err != nil {
			break
		}
		if records++; records == 1 {
			plan(100)
		}
	}
	if last == nil || !strings.Contains(last.Error(), "plan was replaced") {
		t.Errorf("after %d records: got %v, want an error about the replaced plan", records, last)
	}
}

func execute(t *testing.T, path, statement string) {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+path)
	must(t, err)
	_, err = db.Exec(statement)
	must(t, err)
	must(t, db.Close())
}

func must(tb testing.TB, err error) {
	tb.Helper()
	if err != nil {
		tb.Fatal(err)
	}
}
