mail-shelf-full-subject = Your shelf is full
mail-shelf-full-before =
    { $count ->
        [one] You have written a note, and that is as many as { $product } keeps for you.
       *[other] You have written { $count } notes, and that is as many as { $product } keeps for you.
    }
mail-shelf-full-button = Look at your notes
mail-shelf-full-after = To write another one, delete one first.
