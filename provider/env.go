package provider

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/joho/godotenv"
)

// LoadEnv adds the variables of a .env file to the environment. What is set
// there already stays, and a file that does not exist is none. The error of a
// file that cannot be read tells nothing of what is in it.
func LoadEnv(path string) error {
	values, err := godotenv.Read(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if failed, ok := errors.AsType[*fs.PathError](err); ok {
		return failed
	}
	if err != nil { // the library's text quotes the line, which may hold a key
		return fmt.Errorf("%s cannot be read: each of its lines must be NAME=value or a # comment", path)
	}
	for name, value := range values {
		if _, set := os.LookupEnv(name); set {
			continue
		}
		if err := os.Setenv(name, value); err != nil {
			return fmt.Errorf("%s: %s cannot be set: %w", path, name, err)
		}
	}
	return nil
}
