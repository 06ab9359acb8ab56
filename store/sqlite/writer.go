package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"sync"
)

// errClosed is returned by writes after [Store.Close].
var errClosed = errors.New("the store is closed")

// maxGroup bounds how many writes share a commit, so that no caller waits for
// an endless transaction.
const maxGroup = 256

// change is one caller's write. It runs inside a transaction, and runs a
// second time if a change that shared the first transaction failed.
type change func(ctx context.Context, tx *transaction) error

// writer carries out changes one after the other. Those that wait when the
// connection becomes free share one transaction: with many callers a commit
// costs each of them little, with one caller nothing is delayed.
type writer struct {
	db    *sql.DB
	known map[digest]int64 // keys of texts that are stored

	pending  chan *pendingChange
	stopOnce sync.Once
	stopping chan struct{}
	stopped  chan struct{}
}

type pendingChange struct {
	ctx  context.Context
	do   change
	done chan error
}

func startWriter(db *sql.DB) *writer {
	w := &writer{
		db:       db,
		known:    map[digest]int64{},
		pending:  make(chan *pendingChange, maxGroup),
		stopping: make(chan struct{}),
		stopped:  make(chan struct{}),
	}
	go w.run()
	return w
}

// write waits until the change is committed or refused. If ctx ends before
// the change's turn comes, nothing is changed; after that it is not
// interrupted, so the answer is always the truth.
func (w *writer) write(ctx context.Context, do change) error {
	p := &pendingChange{ctx: ctx, do: do, done: make(chan error, 1)}
	select {
	case w.pending <- p:
	case <-ctx.Done():
		return ctx.Err()
	case <-w.stopping:
		return errClosed
	}
	select {
	case err := <-p.done:
		return err
	case <-w.stopped:
	}
	select {
	case err := <-p.done: // the last thing that the writer did
		return err
	default:
		return errClosed
	}
}

// stop lets the writer finish what it has begun.
func (w *writer) stop() {
	w.stopOnce.Do(func() { close(w.stopping) })
	<-w.stopped
}

func (w *writer) run() {
	defer close(w.stopped)
	for {
		select {
		case first := <-w.pending:
			w.commitGroup(first)
		case <-w.stopping:
			return
		}
	}
}

// commitGroup carries out first and those that wait behind it in one
// transaction. If that fails, each gets a transaction of its own, so that none
// suffers for another's mistake.
func (w *writer) commitGroup(first *pendingChange) {
	group := []*pendingChange{first}
	err := w.commit(func() []*pendingChange {
		group = w.gather(group)
		return group
	})
	if err == nil || len(group) == 1 {
		for _, p := range group {
			p.done <- err
		}
		return
	}
	for _, p := range group {
		p.done <- w.commit(func() []*pendingChange { return []*pendingChange{p} })
	}
}

// gather adds to the group whoever is waiting now.
func (w *writer) gather(group []*pendingChange) []*pendingChange {
	for len(group) < maxGroup {
		select {
		case next := <-w.pending:
			group = append(group, next)
		default:
			return group
		}
	}
	return group
}

// commit runs one transaction. Its group is asked for when the transaction has
// begun, because more come to wait while it waits for the connection.
func (w *writer) commit(group func() []*pendingChange) error {
	ctx := context.Background()
	begun, err := w.db.BeginTx(ctx, nil)
	changes := group()
	if err != nil {
		return err
	}
	tx := &transaction{Tx: begun, known: w.known, stored: map[digest]int64{}}
	for _, p := range changes {
		err := p.ctx.Err()
		if err == nil {
			err = p.do(ctx, tx)
		}
		if err != nil {
			return errors.Join(err, begun.Rollback())
		}
	}
	if err := begun.Commit(); err != nil {
		return err
	}
	w.remember(tx.stored)
	return nil
}

// transaction is a transaction of the writer.
type transaction struct {
	*sql.Tx
	known  map[digest]int64 // keys of texts that earlier transactions stored
	stored map[digest]int64 // keys of texts that this one has stored
}
