package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"

	"turncoat"
)

// SaveJudgement implements [turncoat.Store].
func (s *Store) SaveJudgement(ctx context.Context, j turncoat.Judgement) error {
	stored, err := newStoredJudgement(j)
	if err == nil {
		err = s.writer.write(ctx, func(ctx context.Context, tx *transaction) error { return stored.write(ctx, tx, j.Trial) })
	}
	if err != nil {
		return fmt.Errorf("save judgement of trial %s by %q: %w", j.Trial, j.Judge, err)
	}
	return nil
}

// storedJudgement is a judgement in the form of its columns.
type storedJudgement struct {
	judge, at                    sql.NullString
	verdict, annotation, failure sql.NullString // JSON
}

func newStoredJudgement(j turncoat.Judgement) (storedJudgement, error) {
	stored := storedJudgement{
		judge: sql.NullString{String: j.Judge, Valid: true},
		at:    sql.NullString{String: encodeTime(j.At), Valid: true},
	}
	if j.Judge == "" {
		return stored, errors.New("the judge has no name")
	}
	given := 0
	var failed error
	keep := func(column *sql.NullString, what any, is bool) {
		if !is {
			return
		}
		given++
		text, err := encode(what)
		*column, failed = sql.NullString{String: text, Valid: true}, errors.Join(failed, err)
	}
	keep(&stored.verdict, j.Verdict, j.Verdict != nil)
	keep(&stored.annotation, j.Annotation, j.Annotation != nil)
	keep(&stored.failure, j.Failure, j.Failure != nil)
	if given != 1 {
		return stored, fmt.Errorf("it has %d of a verdict, an annotation and a failure, and must have one", given)
	}
	return stored, failed
}

func (j storedJudgement) write(ctx context.Context, tx *transaction, id turncoat.TrialID) error {
	var trial int64
	err := tx.QueryRowContext(ctx, `SELECT key FROM trials WHERE id = ?`, string(id)).Scan(&trial)
	if errors.Is(err, sql.ErrNoRows) {
		return turncoat.ErrNotFound
	}
	if err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, `INSERT INTO judges (name) VALUES (?) ON CONFLICT (name) DO NOTHING`, j.judge); err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `
		INSERT INTO judgements (trial, judge, at, verdict, annotation, failure)
		VALUES (?, (SELECT key FROM judges WHERE name = ?), ?, ?, ?, ?)
		ON CONFLICT (trial, judge) DO UPDATE SET at = excluded.at, verdict = excluded.verdict, annotation = excluded.annotation, failure = excluded.failure
		WHERE excluded.failure IS NULL OR judgements.failure IS NOT NULL`,
		trial, j.judge, j.at, j.verdict, j.annotation, j.failure)
	return err
}

// judgementColumns are the columns of a judgement, of the tables judges and
// judgements as j.
const judgementColumns = `judges.name, j.at, j.verdict, j.annotation, j.failure`

// columns returns where to scan [judgementColumns] to.
func (j *storedJudgement) columns() []any {
	return []any{&j.judge, &j.at, &j.verdict, &j.annotation, &j.failure}
}

// judgement returns the judgement, or nil if the columns are null.
func (j storedJudgement) judgement(id turncoat.TrialID) (*turncoat.Judgement, error) {
	if !j.at.Valid {
		return nil, nil
	}
	at, err := decodeTime(j.at.String)
	if err != nil {
		return nil, err
	}
	judgement := &turncoat.Judgement{Trial: id, Judge: j.judge.String, At: at}
	switch {
	case j.verdict.Valid:
		judgement.Verdict = &turncoat.Verdict{}
		return judgement, json.Unmarshal([]byte(j.verdict.String), judgement.Verdict)
	case j.annotation.Valid:
		judgement.Annotation = &turncoat.Annotation{}
		return judgement, json.Unmarshal([]byte(j.annotation.String), judgement.Annotation)
	}
	judgement.Failure = &turncoat.Failure{}
	return judgement, json.Unmarshal([]byte(j.failure.String), judgement.Failure)
}

// Judgements implements [turncoat.Store]. A trial that is not in the store has
// none.
func (s *Store) Judgements(ctx context.Context, id turncoat.TrialID) ([]turncoat.Judgement, error) {
	judgements, err := s.judgements(ctx, id)
	if err != nil {
		return nil, fmt.Errorf("judgements of trial %s: %w", id, err)
	}
	return judgements, nil
}

func (s *Store) judgements(ctx context.Context, id turncoat.TrialID) ([]turncoat.Judgement, error) {
	rows, err := s.reads.QueryContext(ctx, `
		SELECT `+judgementColumns+`
		FROM trials t JOIN judgements j ON j.trial = t.key JOIN judges ON judges.key = j.judge
		WHERE t.id = ? ORDER BY judges.name`, string(id))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var judgements []turncoat.Judgement
	for rows.Next() {
		var stored storedJudgement
		if err := rows.Scan(stored.columns()...); err != nil {
			return nil, err
		}
		judgement, err := stored.judgement(id)
		if err != nil {
			return nil, err
		}
		judgements = append(judgements, *judgement)
	}
	return judgements, rows.Err()
}

// Judges implements [turncoat.Store]. The names are in alphabetical order.
func (s *Store) Judges(ctx context.Context, study string) ([]string, error) {
	names, err := s.judges(ctx, study)
	if err != nil {
		return nil, fmt.Errorf("judges of study %q: %w", study, err)
	}
	return names, nil
}

func (s *Store) judges(ctx context.Context, study string) ([]string, error) {
	var key int64
	err := s.reads.QueryRowContext(ctx, `SELECT key FROM studies WHERE name = ?`, study).Scan(&key)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, turncoat.ErrNotFound
	}
	if err != nil {
		return nil, err
	}
	rows, err := s.reads.QueryContext(ctx, `
		SELECT name FROM judges
		WHERE EXISTS (SELECT 1 FROM plans p JOIN judgements j ON j.trial = p.trial AND j.judge = judges.key WHERE p.study = ?)
		ORDER BY name`, key)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var names []string
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			return nil, err
		}
		names = append(names, name)
	}
	return names, rows.Err()
}
