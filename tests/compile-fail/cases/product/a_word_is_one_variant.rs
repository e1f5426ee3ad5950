//! A word that stands for two variants would be read as one of them.

palisade_core::string_enum! {
    pub Size {
        /// Fits through a letter box.
        Small = "small",
        /// Fits on a bicycle.
        Large = "small",
    }
}
