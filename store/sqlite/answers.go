package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"

	"turncoat"
)

// Answer implements [turncoat.Answers].
func (s *Store) Answer(ctx context.Context, key string) (turncoat.Answer, error) {
	var answer turncoat.Answer
	var reply string
	err := s.reads.QueryRowContext(ctx, `SELECT reply, counted FROM answers WHERE key = ?`, key).Scan(&reply, &answer.Counted)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		err = turncoat.ErrNotFound
	case err == nil:
		err = json.Unmarshal([]byte(reply), &answer.Reply)
	}
	if err != nil {
		return turncoat.Answer{}, fmt.Errorf("answer %s: %w", key, err)
	}
	return answer, nil
}

// SaveAnswers implements [turncoat.Answers].
func (s *Store) SaveAnswers(ctx context.Context, answers map[string]turncoat.Answer) error {
	rows, err := newAnswerRows(answers)
	if err == nil {
		err = s.writer.write(ctx, rows.write)
	}
	if err != nil {
		return fmt.Errorf("save answers: %w", err)
	}
	return nil
}

// answerRows are answers in the form of their columns.
type answerRows []answerRow

type answerRow struct {
	key, reply string
	counted    bool
}

func newAnswerRows(answers map[string]turncoat.Answer) (answerRows, error) {
	var rows answerRows
	for key, answer := range answers {
		reply, err := encode(answer.Reply)
		if err != nil {
			return nil, fmt.Errorf("answer %s: %w", key, err)
		}
		rows = append(rows, answerRow{key, reply, answer.Counted})
	}
	return rows, nil
}

func (rows answerRows) write(ctx context.Context, tx *transaction) error {
	for _, row := range rows {
		_, err := tx.ExecContext(ctx, `
			INSERT INTO answers (key, reply, counted) VALUES (?, ?, ?)
			ON CONFLICT (key) DO UPDATE SET reply = excluded.reply, counted = excluded.counted`,
			row.key, row.reply, row.counted)
		if err != nil {
			return err
		}
	}
	return nil
}

// CountAnswers implements [turncoat.Answers].
func (s *Store) CountAnswers(ctx context.Context, keys ...string) error {
	if err := s.forEachKey(ctx, `UPDATE answers SET counted = 1 WHERE key = ?`, keys); err != nil {
		return fmt.Errorf("count answers: %w", err)
	}
	return nil
}

// ForgetAnswers implements [turncoat.Answers].
func (s *Store) ForgetAnswers(ctx context.Context, keys ...string) error {
	if err := s.forEachKey(ctx, `DELETE FROM answers WHERE key = ?`, keys); err != nil {
		return fmt.Errorf("forget answers: %w", err)
	}
	return nil
}

func (s *Store) forEachKey(ctx context.Context, statement string, keys []string) error {
	if len(keys) == 0 {
		return nil
	}
	return s.writer.write(ctx, func(ctx context.Context, tx *transaction) error {
		for _, key := range keys {
			if _, err := tx.ExecContext(ctx, statement, key); err != nil {
				return err
			}
		}
		return nil
	})
}

// SaveBatch implements [turncoat.Answers].
func (s *Store) SaveBatch(ctx context.Context, b turncoat.SentBatch) error {
	err := s.writer.write(ctx, func(ctx context.Context, tx *transaction) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO batches (model, id, at, requests) VALUES (?, ?, ?, ?)`,
			b.Model, b.ID, encodeTime(b.At), b.Requests)
		return err
	})
	if err != nil {
		return fmt.Errorf("save batch %s of %s: %w", b.ID, b.Model, err)
	}
	return nil
}

// EndBatch implements [turncoat.Answers].
func (s *Store) EndBatch(ctx context.Context, b turncoat.SentBatch, answers map[string]turncoat.Answer) error {
	rows, err := newAnswerRows(answers)
	if err == nil {
		err = s.writer.write(ctx, func(ctx context.Context, tx *transaction) error {
			if err := rows.write(ctx, tx); err != nil {
				return err
			}
			_, err := tx.ExecContext(ctx, `DELETE FROM batches WHERE model = ? AND id = ?`, b.Model, b.ID)
			return err
		})
	}
	if err != nil {
		return fmt.Errorf("end batch %s of %s: %w", b.ID, b.Model, err)
	}
	return nil
}

// Batches implements [turncoat.Answers].
func (s *Store) Batches(ctx context.Context) ([]turncoat.SentBatch, error) {
	rows, err := s.reads.QueryContext(ctx, `SELECT model, id, at, requests FROM batches ORDER BY key`)
	if err != nil {
		return nil, fmt.Errorf("batches: %w", err)
	}
	defer rows.Close()
	var batches []turncoat.SentBatch
	for rows.Next() {
		var b turncoat.SentBatch
		var at string
		if err := rows.Scan(&b.Model, &b.ID, &at, &b.Requests); err != nil {
			return nil, fmt.Errorf("batches: %w", err)
		}
		if b.At, err = decodeTime(at); err != nil {
			return nil, fmt.Errorf("batch %s of %s: %w", b.ID, b.Model, err)
		}
		batches = append(batches, b)
	}
	return batches, rows.Err()
}
