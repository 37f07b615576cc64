package cli

import urfave "github.com/urfave/cli/v2"

// FlagName returns the name of a flag and its aliases. The flag's own method, Names, takes each apart with a regular
// expression whenever it is asked, which for the flags of a command is a thousand times.
func FlagName(f urfave.Flag) (name string, aliases []string) {
	switch f := f.(type) {
	case *urfave.BoolFlag:
		return f.Name, f.Aliases
	case *urfave.GenericFlag:
		return f.Name, f.Aliases
	case *urfave.IntFlag:
		return f.Name, f.Aliases
	case *urfave.Int64Flag:
		return f.Name, f.Aliases
	case *urfave.StringFlag:
		return f.Name, f.Aliases
	case *urfave.StringSliceFlag:
		return f.Name, f.Aliases
	}
	names := f.Names()
	return names[0], names[1:]
}

// SetDefault gives a flag that is not on the line the value that it then has, and reports whether it could.
func SetDefault(f urfave.Flag) bool {
	switch f := f.(type) {
	case *urfave.BoolFlag:
		return set(f.Destination, f.Value)
	case *urfave.IntFlag:
		return set(f.Destination, f.Value)
	case *urfave.Int64Flag:
		return set(f.Destination, f.Value)
	case *urfave.StringFlag:
		return set(f.Destination, f.Value)
	case *urfave.GenericFlag: // its value has the default from the beginning
		return true
	case *urfave.StringSliceFlag:
		return f.Value == nil
	}
	return false
}

func set[T any](dst *T, value T) bool {
	if dst != nil {
		*dst = value
	}
	return true
}
