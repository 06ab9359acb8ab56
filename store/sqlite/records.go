package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"strings"

	"turncoat"
)

// page is how many records are read at once.
const page = 500

// errPlanChanged ends a reading of records whose plan was replaced meanwhile.
var errPlanChanged = errors.New("its plan was replaced while it was read: read it again")

// Records implements [turncoat.Store]. It reads a page of records, and gives
// the connection back before it yields them. If the plan is replaced before
// all of it was read, the last thing yielded is an error.
func (s *Store) Records(ctx context.Context, study, judge string, annotators ...string) iter.Seq2[turncoat.Record, error] {
	return func(yield func(turncoat.Record, error) bool) {
		reading := recordReading{reads: s.reads, study: study, judge: judge, annotators: annotators}
		for {
			records, err := reading.next(ctx)
			if err != nil {
				yield(turncoat.Record{}, fmt.Errorf("records of study %q: %w", study, err))
				return
			}
			for _, record := range records {
				if !yield(record, nil) {
					return
				}
			}
			if len(records) < page {
				return
			}
		}
	}
}

// recordReading is how far a study's records have been read.
type recordReading struct {
	reads        *sql.DB
	study, judge string
	annotators   []string
	plan         int64 // the plan's number; 0 until it is known
	position     int   // of the next record
}

// next reads the next page.
func (r *recordReading) next(ctx context.Context) ([]turncoat.Record, error) {
	tx, err := r.reads.BeginTx(ctx, nil)
	if err != nil {
		return nil, err
	}
	defer tx.Rollback()
	var key, plan int64
	err = tx.QueryRowContext(ctx, `SELECT key, plan FROM studies WHERE name = ?`, r.study).Scan(&key, &plan)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return nil, turncoat.ErrNotFound
	case err != nil:
		return nil, err
	case r.plan == 0:
		r.plan = plan
	case r.plan != plan:
		return nil, errPlanChanged
	}
	rows, err := tx.QueryContext(ctx, `
		SELECT t.id, `+trialColumns+`, `+resultColumns+`, `+judgementColumns+`
		FROM plans p
		JOIN trials t ON t.key = p.trial
		JOIN settings s ON s.key = t.setting
		LEFT JOIN judges ON judges.name = ?
		LEFT JOIN judgements j ON j.trial = t.key AND j.judge = judges.key
		WHERE p.study = ? AND p.position >= ? AND p.position < ?
		ORDER BY p.position`, r.judge, key, r.position, r.position+page)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	records := make([]turncoat.Record, 0, page)
	for rows.Next() {
		record, err := scanRecord(rows)
		if err != nil {
			return nil, err
		}
		records = append(records, record)
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	if err := r.annotate(ctx, tx, key, records); err != nil {
		return nil, err
	}
	r.position += len(records)
	return records, nil
}

// annotate adds the annotators' judgements to the records of a page.
func (r *recordReading) annotate(ctx context.Context, tx *sql.Tx, study int64, records []turncoat.Record) error {
	if len(r.annotators) == 0 {
		return nil
	}
	for i := range records {
		records[i].Annotations = make([]*turncoat.Judgement, len(r.annotators))
	}
	args := []any{study, r.position, r.position + page}
	for _, name := range r.annotators {
		args = append(args, name)
	}
	rows, err := tx.QueryContext(ctx, `
		SELECT p.position, `+judgementColumns+`
		FROM plans p
		JOIN judgements j ON j.trial = p.trial
		JOIN judges ON judges.key = j.judge
		WHERE p.study = ? AND p.position >= ? AND p.position < ? AND judges.name IN (?`+strings.Repeat(", ?", len(r.annotators)-1)+`)`, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var position int
		var stored storedJudgement
		if err := rows.Scan(append([]any{&position}, stored.columns()...)...); err != nil {
			return err
		}
		record := &records[position-r.position]
		judgement, err := stored.judgement(record.ID)
		if err != nil {
			return fmt.Errorf("trial %s: annotation: %w", record.ID, err)
		}
		for i, name := range r.annotators {
			if name == judgement.Judge {
				record.Annotations[i] = judgement
			}
		}
	}
	return rows.Err()
}

func scanRecord(rows *sql.Rows) (turncoat.Record, error) {
	var id turncoat.TrialID
	var trial storedTrial
	var result storedResult
	var judgement storedJudgement
	columns := append([]any{&id}, trial.columns()...)
	columns = append(columns, result.columns()...)
	columns = append(columns, judgement.columns()...)
	if err := rows.Scan(columns...); err != nil {
		return turncoat.Record{}, err
	}
	record, err := result.record()
	if err != nil {
		return record, fmt.Errorf("trial %s: %w", id, err)
	}
	record.ID = id
	if record.Trial, err = trial.trial(); err != nil {
		return record, fmt.Errorf("trial %s: %w", id, err)
	}
	record.StandIn = record.StandIn || turncoat.IsStandIn(record.Trial.Model)
	if record.Judgement, err = judgement.judgement(id); err != nil {
		return record, fmt.Errorf("trial %s: judgement: %w", id, err)
	}
	return record, nil
}

// trialColumns are the columns that make a trial: of the tables trials as t
// and settings as s.
const trialColumns = `t.study, s.scenario, s.version, s.condition, t.seed, t.interface, t.model, t.parameters, t.limits, t.number`

// storedTrial is a trial in the form of its columns.
type storedTrial struct {
	study, scenario, version, condition string
	seed                                int64
	iface, model, parameters, limits    string
	number                              int
}

func (t *storedTrial) columns() []any {
	return []any{&t.study, &t.scenario, &t.version, &t.condition, &t.seed, &t.iface, &t.model, &t.parameters, &t.limits, &t.number}
}

func (t *storedTrial) trial() (turncoat.Trial, error) {
	trial := turncoat.Trial{
		Study:     t.study,
		World:     turncoat.WorldID{Scenario: t.scenario, Version: t.version, Seed: uint64(t.seed)},
		Interface: turncoat.Interface(t.iface),
		Model:     t.model,
		Number:    t.number,
	}
	if err := json.Unmarshal([]byte(t.condition), &trial.World.Condition); err != nil {
		return trial, fmt.Errorf("condition: %w", err)
	}
	if err := json.Unmarshal([]byte(t.parameters), &trial.Parameters); err != nil {
		return trial, fmt.Errorf("parameters: %w", err)
	}
	if err := json.Unmarshal([]byte(t.limits), &trial.Limits); err != nil {
		return trial, fmt.Errorf("limits: %w", err)
	}
	return trial, nil
}

// resultColumns are the columns of the table trials, as t, that its events
// keep up to date.
const resultColumns = `t.status, t.ending, t.failure, t.returned_model, t.stand_in,
	t.input_tokens, t.output_tokens, t.cache_read_tokens, t.cache_write_tokens, t.reasoning_tokens`

// storedResult is what came out of a trial, in the form of its columns.
type storedResult struct {
	status          turncoat.Status
	ending, failure sql.NullString // JSON
	returnedModel   sql.NullString
	standIn         bool
	usage           turncoat.Usage
}

func (r *storedResult) columns() []any {
	return []any{
		&r.status, &r.ending, &r.failure, &r.returnedModel, &r.standIn,
		&r.usage.InputTokens, &r.usage.OutputTokens, &r.usage.CacheReadTokens, &r.usage.CacheWriteTokens, &r.usage.ReasoningTokens,
	}
}

func (r *storedResult) record() (turncoat.Record, error) {
	record := turncoat.Record{
		Status:        r.status,
		ReturnedModel: r.returnedModel.String,
		StandIn:       r.standIn,
		Usage:         r.usage,
	}
	if r.ending.Valid {
		record.Ending = &turncoat.Ending{}
		if err := json.Unmarshal([]byte(r.ending.String), record.Ending); err != nil {
			return record, fmt.Errorf("ending: %w", err)
		}
	}
	if r.failure.Valid && r.status == turncoat.StatusFailed {
		record.Failure = &turncoat.Failure{}
		if err := json.Unmarshal([]byte(r.failure.String), record.Failure); err != nil {
			return record, fmt.Errorf("failure: %w", err)
		}
	}
	return record, nil
}
