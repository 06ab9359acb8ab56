package queue_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"sync/atomic"

	"turncoat"
	"turncoat/queue"
	"turncoat/store/sqlite"
)

func Example() {
	if err := example(); err != nil {
		fmt.Println(err)
	}
	// Output: 3 trials done
}

func example() error {
	ctx := context.Background()
	dir, err := os.MkdirTemp("", "turncoat")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir) //nolint:errcheck // an example's
	store, err := sqlite.Open(ctx, filepath.Join(dir, "results.db"))
	if err != nil {
		return err
	}
	defer store.Close()

	q, err := queue.Open(ctx, store.DB(), store.Path(), "quickstart")
	if err != nil {
		return err
	}
	defer q.Close()
	if err := q.Add(ctx, []turncoat.TrialID{"aaaa", "bbbb", "cccc", "aaaa"}); err != nil {
		return err
	}
	var done atomic.Int64
	err = q.Work(ctx, 2, func(context.Context, turncoat.TrialID) error {
		done.Add(1)
		return nil
	})
	fmt.Println(done.Load(), "trials done")
	return err
}
