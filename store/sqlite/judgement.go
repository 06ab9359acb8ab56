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
	judge, at        sql.NullString
	verdict, failure sql.NullString // JSON
}

func newStoredJudgement(j turncoat.Judgement) (storedJudgement, error) {
	var stored storedJudgement
	var err error
	switch {
	case j.Judge == "":
		return stored, errors.New("the judge has no name")
	case j.Verdict != nil && j.Failure != nil:
		return stored, errors.New("it has both a verdict and a failure")
	case j.Verdict != nil:
		stored.verdict.Valid = true
		stored.verdict.String, err = encode(j.Verdict)
	case j.Failure != nil:
		stored.failure.Valid = true
		stored.failure.String, err = encode(j.Failure)
	default:
		return stored, errors.New("it has neither a verdict nor a failure")
	}
	stored.judge = sql.NullString{String: j.Judge, Valid: true}
	stored.at = sql.NullString{String: encodeTime(j.At), Valid: true}
	return stored, err
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
		INSERT INTO judgements (trial, judge, at, verdict, failure)
		VALUES (?, (SELECT key FROM judges WHERE name = ?), ?, ?, ?)
		ON CONFLICT (trial, judge) DO UPDATE SET at = excluded.at, verdict = excluded.verdict, failure = excluded.failure
		WHERE excluded.verdict IS NOT NULL OR judgements.verdict IS NULL`,
		trial, j.judge, j.at, j.verdict, j.failure)
	return err
}

// columns returns where to scan judge, at, verdict and failure to.
func (j *storedJudgement) columns() []any {
	return []any{&j.judge, &j.at, &j.verdict, &j.failure}
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
	if j.verdict.Valid {
		judgement.Verdict = &turncoat.Verdict{}
		return judgement, json.Unmarshal([]byte(j.verdict.String), judgement.Verdict)
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
		SELECT judges.name, j.at, j.verdict, j.failure
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
