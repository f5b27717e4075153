"""What each cue and measure can do: photos changed on purpose, and measured again."""
