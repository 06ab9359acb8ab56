package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"turncoat"
	"turncoat/agent"
	"turncoat/provider"
	"turncoat/scenario"
	"turncoat/store/sqlite"
	"turncoat/studies"
	"turncoat/study"
	"turncoat/world/toolbox"
)

// library returns the embedded scenarios and the user's own.
func (o *options) library() (*scenario.Library, error) {
	lib := scenario.NewLibrary()
	for _, dir := range o.scenarios {
		if _, err := lib.Add(dir); err != nil {
			return nil, err
		}
	}
	return lib, nil
}

// openStore opens the store, and makes it if it is not there.
func (o *options) openStore(ctx context.Context) (*sqlite.Store, error) {
	return sqlite.Open(ctx, o.store)
}

// openExisting opens a store that must be there.
func (o *options) openExisting(ctx context.Context) (*sqlite.Store, error) {
	if err := o.checkStore(); err != nil {
		return nil, err
	}
	return sqlite.Open(ctx, o.store)
}

// openToRead opens a store that must be there, and may lie where nothing can be
// written, for commands that only read.
func (o *options) openToRead(ctx context.Context) (*sqlite.Store, error) {
	if err := o.checkStore(); err != nil {
		return nil, err
	}
	return sqlite.OpenToRead(ctx, o.store)
}

func (o *options) checkStore() error {
	if _, err := os.Stat(o.store); errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("there is no store %s; `%s run` makes one, and --store names another", o.store, self())
	}
	return nil
}

// closeRead closes a store that was read for what a command did. What it did is not
// to be relied on if that fails, whatever else there is to say.
func closeRead(store *sqlite.Store, err *error) {
	if failed := store.Close(); failed != nil {
		*err = failed
	}
}

// readDesign reads the design that name stands for: a file, or else an embedded
// study, such as lynch2025/fig07. It returns the folder that the design's relative paths start from.
func readDesign(name string) (s turncoat.Study, dir string, err error) {
	text, fileErr := os.ReadFile(name)
	if fileErr == nil {
		s, err = study.Read(bytes.NewReader(text), name)
		return s, filepath.Dir(name), err
	}
	text, err = studies.Open(name)
	switch {
	case err == nil:
		s, err = study.Read(bytes.NewReader(text), name+".yaml")
		return s, ".", err
	case strings.ContainsAny(name, `/\`) || strings.HasSuffix(name, ".yaml") || strings.HasSuffix(name, ".yml"):
		return s, "", fmt.Errorf("%w; nor is there an embedded study of that name (`%s study list`)", fileErr, self())
	}
	return s, "", err
}

// newProvider returns the source of models, with keys from the environment and
// a .env file in the working folder.
func newProvider(lib *scenario.Library, l turncoat.Limits) (*provider.Provider, error) {
	if err := provider.LoadEnv(".env"); err != nil {
		return nil, err
	}
	return provider.New(provider.Options{
		Getenv:      os.Getenv,
		Worlds:      lib.World,
		FormatAct:   agent.FormatAct,
		CallOf:      toolbox.CallOf,
		Concurrency: l.Concurrency,
		PerProvider: l.Providers,
		CallTimeout: l.CallTimeout,
		Retries:     l.Retries,
	}), nil
}
