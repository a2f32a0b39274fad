"""How the built-in prior was made: data set, training, card. Nothing at run time imports it."""
