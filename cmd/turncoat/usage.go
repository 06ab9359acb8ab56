package main

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"turncoat"
	"turncoat/judge"
	"turncoat/provider"
)

// usageError is a mistake on the command line. It has an exit code of its own.
type usageError struct{ err error }

func (e usageError) Error() string { return e.err.Error() + "\nRun it with --help for examples." }
func (e usageError) Unwrap() error { return e.err }

// takes checks how many arguments a command is given beside its flags.
func takes(least, most int) cobra.PositionalArgs {
	amount := count(most, "argument")
	switch {
	case most == 0:
		amount = "no argument"
	case most == math.MaxInt:
		amount = "at least " + count(least, "argument")
	case least < most:
		amount = "at most " + count(most, "argument")
	}
	return func(cmd *cobra.Command, args []string) error {
		if len(args) >= least && len(args) <= most {
			return nil
		}
		return usageError{fmt.Errorf("%s takes %s, and has %d here: %s", cmd.CommandPath(), amount, len(args), cmd.UseLine())}
	}
}

// group makes a command of one that only holds others: by itself it shows what there
// is, and a word that is none of them is a mistake.
func group(cmd *cobra.Command) *cobra.Command {
	cmd.DisableFlagsInUseLine = true
	cmd.SuggestionsMinimumDistance = 2
	cmd.Args = cobra.ArbitraryArgs
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if len(args) == 0 {
			return cmd.Help()
		}
		wrong := fmt.Sprintf("%s has no command %q", cmd.CommandPath(), args[0])
		if near := cmd.SuggestionsFor(args[0]); len(near) > 0 {
			wrong += "; did you mean " + strings.Join(near, " or ") + "?"
		}
		return usageError{errors.New(wrong)}
	}
	return cmd
}

// flagMistake says in a user's words what is wrong with the flags.
func flagMistake(_ *cobra.Command, err error) error {
	wrong, ok := errors.AsType[*pflag.InvalidValueError](err)
	if !ok {
		return usageError{err}
	}
	wanted := map[string]string{
		"int": "a whole number", "uint64": "a whole number that is not negative", "float64": "a number",
		"duration": "a time with its unit, such as 90s or 10m", "bool": "true or false",
		"stringToString": "of the form factor=level",
	}[wrong.GetFlag().Value.Type()]
	if wanted == "" {
		return usageError{err}
	}
	return usageError{fmt.Errorf("--%s must be %s, and is %q", wrong.GetFlag().Name, wanted, wrong.GetValue())}
}

// checkValues refuses values that no flag takes: text that is empty, numbers of things
// that are not above 0, times that are negative.
func checkValues(cmd *cobra.Command, _ []string) error {
	var wrong error
	cmd.Flags().Visit(func(f *pflag.Flag) {
		value := f.Value.String()
		list, isList := f.Value.(pflag.SliceValue)
		switch kind := f.Value.Type(); {
		case wrong != nil:
		case kind == "string" && value == "", isList && slices.Contains(list.GetSlice(), ""):
			wrong = fmt.Errorf("--%s is empty: give it a value, or leave it out", f.Name)
		case kind == "int" && (value == "0" || strings.HasPrefix(value, "-")):
			wrong = fmt.Errorf("--%s must be above 0, and is %s", f.Name, value)
		case kind == "duration" && strings.HasPrefix(value, "-"):
			wrong = fmt.Errorf("--%s must not be negative, and is %s", f.Name, value)
		}
	})
	if wrong != nil {
		return usageError{wrong}
	}
	return nil
}

// exclusive refuses flags that are given together and exclude each other.
func exclusive(cmd *cobra.Command, names ...string) error {
	var given []string
	for _, name := range names {
		if cmd.Flags().Changed(name) {
			given = append(given, "--"+name)
		}
	}
	if len(given) > 1 {
		return usageError{fmt.Errorf("%s exclude each other: give one of them", strings.Join(given, " and "))}
	}
	return nil
}

// checkJudge checks a judge that a flag names. It needs no key.
func checkJudge(flag, spec string) error {
	if _, err := judge.NameOf(spec); err != nil {
		return usageError{fmt.Errorf("--%s: %w", flag, err)}
	}
	return modelsNamed(flag, judge.ModelsOf(spec)...)
}

// annotatorsNamed checks annotators that a flag names. It needs no key.
func annotatorsNamed(flag string, specs []string) error {
	for _, spec := range specs {
		if _, err := judge.AnnotatorName(spec); err != nil {
			return usageError{fmt.Errorf("--%s: %w", flag, err)}
		}
		if reader := judge.AnnotatorModel(spec); reader != "" {
			if err := modelsNamed(flag, reader); err != nil {
				return err
			}
		}
	}
	return nil
}

// modelsNamed checks models that a flag names. Agents have no provider.
func modelsNamed(flag string, names ...string) error {
	for _, name := range names {
		if turncoat.IsAgent(name) {
			continue
		}
		if err := provider.Check(name); err != nil {
			return usageError{fmt.Errorf("--%s: %w", flag, err)}
		}
	}
	return nil
}
